//! DOT, the language of Graphviz (<https://graphviz.org/doc/info/lang.html>): labels stand in quotes, in which only `"` and `\` mean something.

use std::fmt::Write;

use super::{Boxes, Id, Node};

pub(super) fn text(boxes: &Boxes) -> String {
    let mut out = format!(
        "// {}\ndigraph merestone {{\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n  graph [fontname=\"sans-serif\"];\n",
        boxes.comment
    );
    nodes(&mut out, boxes, None, 1);
    // Writing to a string cannot fail.
    for (from, to) in &boxes.arrows {
        let _ = writeln!(out, "  {} -> {};", id(*from), id(*to));
    }
    out.push_str("}\n");
    out
}

fn nodes(out: &mut String, boxes: &Boxes, inside: Option<Id>, depth: usize) {
    let indent = "  ".repeat(depth);
    for node in boxes.inside(inside) {
        if boxes.is_empty(node) {
            let _ = writeln!(out, "{indent}{} [label=\"{}\"];", id(node.id), label(node));
            continue;
        }
        // Only what is called so is drawn as a box.
        let _ = writeln!(out, "{indent}subgraph cluster_{} {{\n{indent}  label=\"{}\";", id(node.id), label(node));
        nodes(out, boxes, Some(node.id), depth + 1);
        let _ = writeln!(out, "{indent}}}");
    }
}

fn id((letter, number): Id) -> String {
    format!("{letter}{number}")
}

fn label(node: &Node) -> String {
    let escaped = |line: &String| line.replace('\\', "\\\\").replace('"', "\\\"");
    // `&…;` would be read as a character of HTML.
    node.lines.iter().map(escaped).map(|line| line.replace('&', "&amp;")).collect::<Vec<_>>().join("\\n")
}
