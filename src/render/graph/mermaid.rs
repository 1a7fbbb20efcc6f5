//! Mermaid's flowcharts (<https://mermaid.js.org/syntax/flowchart.html>): labels stand in quotes, and every character in them that could
//! end a label, begin HTML or be a word of the language is a numbered entity of Mermaid's own.

use std::fmt::Write;

use super::{Boxes, Id, Node};

pub(super) fn text(boxes: &Boxes) -> String {
    let mut out = format!("flowchart LR\n  %% {}\n", boxes.comment);
    nodes(&mut out, boxes, None, 1);
    for (from, to) in &boxes.arrows {
        let _ = writeln!(out, "  {} --> {}", id(*from), id(*to));
    }
    out
}

fn nodes(out: &mut String, boxes: &Boxes, inside: Option<Id>, depth: usize) {
    let indent = "  ".repeat(depth);
    // Writing to a string cannot fail.
    for node in boxes.inside(inside) {
        if boxes.is_empty(node) {
            let _ = writeln!(out, "{indent}{}[\"{}\"]", id(node.id), label(node));
            continue;
        }
        let _ = writeln!(out, "{indent}subgraph {}[\"{}\"]", id(node.id), label(node));
        nodes(out, boxes, Some(node.id), depth + 1);
        let _ = writeln!(out, "{indent}end");
    }
}

fn id((letter, number): Id) -> String {
    format!("{letter}{number}")
}

fn label(node: &Node) -> String {
    let lines: Vec<String> = node.lines.iter().map(|line| entities(line)).collect();
    lines.join("<br/>")
}

/// Letters and digits as they are, and what cannot mean anything between them.
fn entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut seen_letter = false;
    for c in text.chars() {
        // `1. x`, `- x` and their like are lists where they begin a line.
        let plain = c.is_alphabetic()
            || c.is_ascii_digit()
            || c == ' '
            || (seen_letter && matches!(c, '-' | '.' | ',' | '/' | ':'));
        seen_letter |= c.is_alphabetic();
        if plain {
            out.push(c);
        } else {
            let _ = write!(out, "#{};", u32::from(c));
        }
    }
    // An address would become a link.
    out.replace("://", "#58;//").replace("www.", "www#46;")
}
