//! The part of GitHub's GraphQL that reads files: `repository { object(expression: "SHA:path") { … } }` and little else.
//!
//! A field that is not known here is an error and is noted, as a route that does not exist is.

mod parse;

use serde_json::{Map, Value, json};

use super::auth::Caller;
use super::git::{Mode, Objects, Oid, Stored};
use super::rest::{Answer, error};
use super::world::{Repository, World};
use parse::{Field, Selection};

/// GitHub cuts the text of a long blob and says so with `isTruncated`. From which length on is not documented; this is a guess.
const TEXT_BYTES: usize = 512_000;

/// What a selection is applied to.
enum Node<'a> {
    Query,
    Repository(&'a Repository),
    Branch(&'a str, &'a Oid),
    Commit(&'a Oid),
    Tree(&'a Oid, String),
    Blob(&'a Oid),
    Entry { name: &'a str, path: String, mode: Option<Mode>, oid: &'a Oid },
    RateLimit,
}

impl Node<'_> {
    fn type_name(&self) -> &'static str {
        match self {
            Self::Query => "Query",
            Self::Repository(_) => "Repository",
            Self::Branch(..) => "Ref",
            Self::Commit(_) => "Commit",
            Self::Tree(..) => "Tree",
            Self::Blob(_) => "Blob",
            Self::Entry { .. } => "TreeEntry",
            Self::RateLimit => "RateLimit",
        }
    }

    fn is(&self, name: &str) -> bool {
        self.type_name() == name
            || (matches!(self, Self::Commit(_) | Self::Tree(..) | Self::Blob(_)) && name == "GitObject")
    }
}

/// What is seen, and what went wrong beside it.
struct Run<'a> {
    world: &'a World,
    /// The repository that objects are read from, and the caller's installation.
    installation: u64,
    contents: bool,
    /// The key of the repository that is read just now.
    at: String,
    errors: Vec<Value>,
}

/// `POST /graphql`
pub(super) fn answer(world: &mut World, caller: &Caller, body: &Value) -> Answer {
    let Caller::Installation(token) = caller else {
        world.log.offend("POST /graphql: needs an installation token");
        return error(401, "Bad credentials");
    };
    let Some(token) = world.tokens.get(token) else { return error(401, "Bad credentials") };
    let mut run = Run {
        world,
        installation: token.installation,
        contents: token.permissions.contains_key("contents"),
        at: String::new(),
        errors: Vec::new(),
    };
    let query = body["query"].as_str().unwrap_or_default();
    let result =
        parse::query(query, &body["variables"]).and_then(|selection| run.object(&Node::Query, None, &selection));
    let errors = run.errors;
    match result {
        Ok(data) => {
            let mut json = json!({ "data": data });
            if !errors.is_empty() {
                json["errors"] = errors.into();
            }
            super::rest::json_ok(&json)
        }
        Err(why) => {
            world.log.offend(format!("POST /graphql: {why}"));
            super::rest::json_ok(&json!({ "errors": [{ "message": why }] }))
        }
    }
}

type Read = Result<Value, String>;

impl<'a> Run<'a> {
    fn object(&mut self, node: &Node<'a>, place: Option<&'a Repository>, selection: &[Selection]) -> Read {
        let mut fields = Map::new();
        self.fill(node, place, selection, &mut fields)?;
        Ok(fields.into())
    }

    fn fill(
        &mut self,
        node: &Node<'a>,
        place: Option<&'a Repository>,
        selection: &[Selection],
        into: &mut Map<String, Value>,
    ) -> Result<(), String> {
        if selection.is_empty() {
            return Err(format!("a selection of {} has no fields", node.type_name()));
        }
        for part in selection {
            match part {
                Selection::On(name, inner) => {
                    if name.as_deref().is_none_or(|name| node.is(name)) {
                        self.fill(node, place, inner, into)?;
                    }
                }
                Selection::Field(field) => {
                    let value = match field.name.as_str() {
                        "__typename" => node.type_name().into(),
                        _ => self.field(node, place, field)?,
                    };
                    let key = field.alias.clone();
                    match into.get(&key) {
                        Some(known) if *known != value => return Err(format!("two fields are named {key}")),
                        _ => into.insert(key, value),
                    };
                }
            }
        }
        Ok(())
    }

    fn objects(&self, place: Option<&'a Repository>) -> Result<&'a Objects, String> {
        place.map(|repository| self.world.objects(repository)).ok_or_else(|| "no repository".to_owned())
    }

    fn field(&mut self, node: &Node<'a>, place: Option<&'a Repository>, field: &Field) -> Read {
        let unknown = || Err(format!("Field '{}' doesn't exist on type '{}'", field.name, node.type_name()));
        let inner = &field.selection;
        match node {
            Node::Query => match field.name.as_str() {
                "repository" => self.repository(field),
                "rateLimit" => self.object(&Node::RateLimit, place, inner),
                _ => unknown(),
            },
            Node::RateLimit => Ok(match field.name.as_str() {
                "cost" => 1.into(),
                "limit" => 5000.into(),
                "remaining" => 4999.into(),
                "resetAt" => super::shape::time(self.world.now() + chrono::TimeDelta::hours(1)).into(),
                _ => return unknown(),
            }),
            Node::Repository(repository) => match field.name.as_str() {
                "id" => Ok(format!("R_{}", repository.id).into()),
                "databaseId" => Ok(repository.id.into()),
                "name" => Ok(repository.name.clone().into()),
                "nameWithOwner" => Ok(self.world.full_name(repository).into()),
                "isPrivate" => Ok(repository.private.into()),
                "defaultBranchRef" => match repository.branches.get_key_value(&repository.default_branch) {
                    Some((name, tip)) => self.object(&Node::Branch(name, tip), Some(repository), inner),
                    None => Ok(Value::Null),
                },
                "object" => self.expression(repository, field),
                _ => unknown(),
            },
            Node::Branch(name, tip) => match field.name.as_str() {
                "name" => Ok((*name).into()),
                "target" => self.object(&Node::Commit(tip), place, inner),
                _ => unknown(),
            },
            Node::Commit(oid) => match field.name.as_str() {
                "oid" | "id" => Ok(oid.as_str().into()),
                "tree" => {
                    let commit = self.objects(place)?.commit(oid).ok_or_else(|| "no such commit".to_owned())?;
                    self.object(&Node::Tree(&commit.tree, String::new()), place, inner)
                }
                _ => unknown(),
            },
            Node::Blob(oid) => {
                let bytes = self.objects(place)?.blob(oid).unwrap_or_default();
                let text = std::str::from_utf8(&bytes).ok().filter(|text| !text.contains('\0'));
                Ok(match field.name.as_str() {
                    "oid" | "id" => oid.as_str().into(),
                    "byteSize" => bytes.len().into(),
                    "isBinary" => text.is_none().into(),
                    "isTruncated" => (text.is_some() && bytes.len() > TEXT_BYTES).into(),
                    "text" => text.map(|text| &text[..text.floor_char_boundary(TEXT_BYTES)]).into(),
                    _ => return unknown(),
                })
            }
            Node::Tree(oid, below) => match field.name.as_str() {
                "oid" | "id" => Ok(oid.as_str().into()),
                "entries" => {
                    let entries = self.objects(place)?.tree(oid).unwrap_or_default();
                    let read = |entry: &'a super::git::TreeEntry| {
                        let path = format!("{below}{}", entry.name);
                        let node = Node::Entry { name: &entry.name, path, mode: entry.mode, oid: &entry.oid };
                        self.object(&node, place, inner)
                    };
                    Ok(entries.iter().map(read).collect::<Result<Vec<Value>, String>>()?.into())
                }
                _ => unknown(),
            },
            Node::Entry { name, path, mode, oid } => Ok(match field.name.as_str() {
                "name" => (*name).into(),
                "path" => path.as_str().into(),
                "mode" => mode.map_or(0o040_000, Mode::number).into(),
                "oid" => oid.as_str().into(),
                "type" => match mode {
                    None => "tree".into(),
                    Some(Mode::Submodule) => "commit".into(),
                    Some(_) => "blob".into(),
                },
                "size" => self.objects(place)?.blob(oid).map_or(0, |bytes| bytes.len()).into(),
                "object" => match mode {
                    None => return self.object(&Node::Tree(oid, format!("{path}/")), place, inner),
                    Some(Mode::Submodule) => Value::Null,
                    Some(_) => return self.object(&Node::Blob(oid), place, inner),
                },
                _ => return unknown(),
            }),
        }
    }

    fn repository(&mut self, field: &Field) -> Read {
        let (owner, name) = (field.text("owner")?, field.text("name")?);
        let seen = self.world.installations.get(&self.installation);
        let full_name = format!("{owner}/{name}");
        // `followRenames` is on unless it is switched off; what is public every installation may read, whoever's it is
        let found =
            self.world.find_repository(&full_name).or_else(|| self.world.renamed(&full_name)).filter(|repository| {
                !repository.private || seen.is_some_and(|installation| self.world.sees(installation, repository))
            });
        self.at.clone_from(&field.alias);
        match found {
            Some(repository) => self.object(&Node::Repository(repository), Some(repository), &field.selection),
            None => {
                let message = format!("Could not resolve to a Repository with the name '{owner}/{name}'.");
                self.errors.push(json!({ "type": "NOT_FOUND", "path": [field.alias], "message": message }));
                Ok(Value::Null)
            }
        }
    }

    /// `object(expression: "REVISION[:PATH]")` or `object(oid: …)`; null where there is none.
    fn expression(&mut self, repository: &'a Repository, field: &Field) -> Read {
        if !self.contents {
            self.errors.push(json!({
                "type": "FORBIDDEN", "path": [self.at, field.alias], "message": "Resource not accessible by integration",
            }));
            return Ok(Value::Null);
        }
        let objects = self.world.objects(repository);
        let place = Some(repository);
        if field.arguments.contains_key("oid") {
            return match objects.find(field.text("oid")?) {
                Some((Stored::Commit, oid)) => self.object(&Node::Commit(oid), place, &field.selection),
                Some((Stored::Tree, oid)) => self.object(&Node::Tree(oid, String::new()), place, &field.selection),
                Some((Stored::Blob, oid)) => self.object(&Node::Blob(oid), place, &field.selection),
                None => Ok(Value::Null),
            };
        }
        let expression = field.text("expression")?;
        let (revision, path) =
            expression.split_once(':').map_or((expression, None), |(revision, path)| (revision, Some(path)));
        let branch = if revision == "HEAD" { &repository.default_branch } else { revision };
        let oid = repository.branches.get(branch).map_or(revision, String::as_str);
        let Some(commit) = objects.commit(oid) else { return Ok(Value::Null) };
        let Some(path) = path else { return self.object(&Node::Commit(&commit.oid), place, &field.selection) };
        let mut node = Node::Tree(&commit.tree, String::new());
        for name in path.split('/').filter(|_| !path.is_empty()) {
            let Node::Tree(tree, below) = &node else { return Ok(Value::Null) };
            let entries = objects.tree(tree).unwrap_or_default();
            let Some(entry) = entries.iter().find(|entry| entry.name == name) else { return Ok(Value::Null) };
            node = match entry.mode {
                None => Node::Tree(&entry.oid, format!("{below}{name}/")),
                Some(Mode::Submodule) => return Ok(Value::Null),
                Some(_) => Node::Blob(&entry.oid),
            };
        }
        self.object(&node, place, &field.selection)
    }
}
