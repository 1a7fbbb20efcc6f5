//! The query language, as far as queries that read files need it: one operation, variables, aliases, arguments, inline and
//! named fragments.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// A part of a selection.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Selection {
    /// A field.
    Field(Field),
    /// A fragment: for this type alone, or for any.
    On(Option<String>, Vec<Selection>),
}

/// A field.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field {
    /// Its key in the answer.
    pub alias: String,
    /// Its name.
    pub name: String,
    /// Arguments, with variables put in.
    pub arguments: BTreeMap<String, Value>,
    /// What is read of it; empty for a scalar.
    pub selection: Vec<Selection>,
}

impl Field {
    /// A text argument.
    pub fn text(&self, name: &str) -> Result<&str, String> {
        self.arguments.get(name).and_then(Value::as_str).ok_or_else(|| format!("{} needs {name}", self.name))
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Name(String),
    Text(String),
    Number(i64),
    Sign(char),
    Spread,
}

struct Parser<'a> {
    tokens: Vec<Token>,
    at: usize,
    variables: &'a Value,
    declared: Vec<String>,
    fragments: BTreeMap<String, (String, usize)>,
    depth: usize,
}

/// Parses a document with one query; returns what it selects.
pub(super) fn query(text: &str, variables: &Value) -> Result<Vec<Selection>, String> {
    let tokens = tokens(text)?;
    let fragments = fragments(&tokens)?;
    let mut parser = Parser { tokens, at: 0, variables, declared: Vec::new(), fragments, depth: 0 };
    if parser.peek() == Some(&Token::Name("query".to_owned())) {
        parser.at += 1;
        if let Some(Token::Name(_)) = parser.peek() {
            parser.at += 1;
        }
        if parser.eat('(') {
            parser.declarations()?;
        }
    }
    let selection = parser.selection()?;
    match parser.declared.iter().find(|name| variables.get(name.as_str()).is_none()) {
        Some(name) => Err(format!("Variable ${name} was not provided")),
        None => Ok(selection),
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let taken = match first {
            c if c.is_whitespace() || c == ',' => c.len_utf8(),
            '#' => rest.find('\n').unwrap_or(rest.len()),
            '.' if rest.starts_with("...") => {
                found.push(Token::Spread);
                3
            }
            '{' | '}' | '(' | ')' | '[' | ']' | ':' | '$' | '!' | '=' => {
                found.push(Token::Sign(first));
                1
            }
            c if c.is_ascii_alphabetic() || c == '_' => {
                let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
                found.push(Token::Name(rest[..end].to_owned()));
                end
            }
            c if c.is_ascii_digit() || c == '-' => {
                let end = rest[1..].find(|c: char| !c.is_ascii_digit()).map_or(rest.len(), |end| end + 1);
                found.push(Token::Number(rest[..end].parse().map_err(|_| format!("{} is no number", &rest[..end]))?));
                end
            }
            '"' => {
                // a string of GraphQL is written as one of JSON
                let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<String>();
                let text = stream.next().and_then(Result::ok).ok_or("a string does not end")?;
                found.push(Token::Text(text));
                stream.byte_offset()
            }
            other => return Err(format!("Unexpected character {other:?}")),
        };
        rest = &rest[taken..];
    }
    Ok(found)
}

/// Where each named fragment's selection begins, and its type.
fn fragments(tokens: &[Token]) -> Result<BTreeMap<String, (String, usize)>, String> {
    let mut found = BTreeMap::new();
    let name = |at: usize| match tokens.get(at) {
        Some(Token::Name(name)) => Some(name.clone()),
        _ => None,
    };
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Sign('{') => depth += 1,
            Token::Sign('}') => depth = depth.saturating_sub(1),
            Token::Name(word) if depth == 0 && word == "fragment" => {
                let (Some(fragment), Some(on)) = (name(at + 1), name(at + 3)) else {
                    return Err("a fragment without name or type".to_owned());
                };
                found.insert(fragment, (on, at + 4));
            }
            Token::Name(word) if depth == 0 && (word == "mutation" || word == "subscription") => {
                return Err(format!("a {word} is not answered here"));
            }
            _ => {}
        }
    }
    Ok(found)
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Result<Token, String> {
        self.at += 1;
        self.tokens.get(self.at - 1).cloned().ok_or_else(|| "Unexpected end of the query".to_owned())
    }

    fn eat(&mut self, sign: char) -> bool {
        let there = self.peek() == Some(&Token::Sign(sign));
        self.at += usize::from(there);
        there
    }

    fn expect(&mut self, sign: char) -> Result<(), String> {
        if self.eat(sign) { Ok(()) } else { Err(format!("Expected {sign:?}, found {:?}", self.peek())) }
    }

    fn name(&mut self) -> Result<String, String> {
        match self.next()? {
            Token::Name(name) => Ok(name),
            other => Err(format!("Expected a name, found {other:?}")),
        }
    }

    /// `$a: String!, $b: [Int!] = 1)`
    fn declarations(&mut self) -> Result<(), String> {
        while !self.eat(')') {
            self.expect('$')?;
            let name = self.name()?;
            self.expect(':')?;
            self.kind()?;
            if self.eat('=') {
                self.value()?;
            } else {
                self.declared.push(name);
            }
        }
        Ok(())
    }

    fn kind(&mut self) -> Result<(), String> {
        if self.eat('[') {
            self.kind()?;
            self.expect(']')?;
        } else {
            self.name()?;
        }
        self.eat('!');
        Ok(())
    }

    fn selection(&mut self) -> Result<Vec<Selection>, String> {
        self.depth += 1;
        if self.depth > 32 {
            return Err("the query is too deep".to_owned());
        }
        self.expect('{')?;
        let mut parts = Vec::new();
        while !self.eat('}') {
            if self.peek() == Some(&Token::Spread) {
                self.at += 1;
                parts.push(self.fragment()?);
            } else {
                parts.push(Selection::Field(self.field()?));
            }
        }
        self.depth -= 1;
        Ok(parts)
    }

    fn fragment(&mut self) -> Result<Selection, String> {
        if self.peek() == Some(&Token::Sign('{')) {
            return Ok(Selection::On(None, self.selection()?));
        }
        let word = self.name()?;
        if word == "on" {
            let on = self.name()?;
            return Ok(Selection::On(Some(on), self.selection()?));
        }
        let (on, start) =
            self.fragments.get(&word).cloned().ok_or_else(|| format!("Fragment {word} was not defined"))?;
        let back = std::mem::replace(&mut self.at, start);
        let inner = self.selection()?;
        self.at = back;
        Ok(Selection::On(Some(on), inner))
    }

    fn field(&mut self) -> Result<Field, String> {
        let first = self.name()?;
        let (alias, name) = if self.eat(':') { (first, self.name()?) } else { (first.clone(), first) };
        let mut arguments = BTreeMap::new();
        if self.eat('(') {
            while !self.eat(')') {
                let argument = self.name()?;
                self.expect(':')?;
                arguments.insert(argument, self.value()?);
            }
        }
        let selection = if self.peek() == Some(&Token::Sign('{')) { self.selection()? } else { Vec::new() };
        Ok(Field { alias, name, arguments, selection })
    }

    fn value(&mut self) -> Result<Value, String> {
        Ok(match self.next()? {
            Token::Text(text) => text.into(),
            Token::Number(number) => number.into(),
            Token::Name(name) => match name.as_str() {
                "true" => true.into(),
                "false" => false.into(),
                "null" => Value::Null,
                _ => name.into(),
            },
            Token::Sign('$') => {
                let name = self.name()?;
                if !self.declared.contains(&name) && self.variables.get(&name).is_none() {
                    return Err(format!("Variable ${name} is used but not declared"));
                }
                self.variables.get(&name).cloned().unwrap_or_default()
            }
            Token::Sign('[') => {
                let mut list = Vec::new();
                while !self.eat(']') {
                    list.push(self.value()?);
                }
                list.into()
            }
            Token::Sign('{') => {
                let mut object = Map::new();
                while !self.eat('}') {
                    let name = self.name()?;
                    self.expect(':')?;
                    object.insert(name, self.value()?);
                }
                object.into()
            }
            other => return Err(format!("Expected a value, found {other:?}")),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn aliases_variables_and_fragments() {
        let text = r#"query Files($o: String!, $e: String!) { repository(owner: $o, name: "shop") {
            f0: object(expression: $e) { __typename ...B ... on Tree { entries { name } } } } }
            fragment B on Blob { text }"#;
        let parsed = query(text, &json!({ "o": "acme", "e": "abc:x \"y\"" })).expect("parses");
        let Selection::Field(repository) = &parsed[0] else { panic!("a field") };
        assert_eq!(repository.text("owner"), Ok("acme"));
        let Selection::Field(object) = &repository.selection[0] else { panic!("a field") };
        assert_eq!((object.alias.as_str(), object.name.as_str()), ("f0", "object"));
        assert_eq!(object.text("expression"), Ok("abc:x \"y\""));
        assert!(matches!(&object.selection[1], Selection::On(Some(on), _) if on == "Blob"));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, part) in [
            ("query($a: String!) { x(a: $a) }", "not provided"),
            ("{ x(a: $b) }", "not declared"),
            ("{ x { ", "Unexpected end"),
            ("mutation { x }", "not answered"),
            ("{ ...F }", "not defined"),
            ("{ 1x }", "Expected a name"),
            ("{ a-b }", "no number"),
        ] {
            let error = query(text, &Value::Null).expect_err(text);
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn a_fragment_that_contains_itself_ends() {
        assert!(query("{ ...F } fragment F on Query { ...F }", &Value::Null).is_err());
    }
}
