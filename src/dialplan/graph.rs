//! The drawing of a flow, computed: nobody writes coordinates.
//!
//! Layers are distances from the entry; within a layer steps stand near those that lead to them.

use crate::plan::{Outcome, Plan, Target};
use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;

const BOX_WIDTH: usize = 150;
const BOX_HEIGHT: usize = 40;
const COLUMN: usize = 190;
const ROW: usize = 120;
const MARGIN: usize = 40;

/// A thing in the drawing: a step, or the end.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Node {
    Step(usize),
    End,
}

/// An arrow with the outcomes it stands for.
struct Arrow {
    from: usize,
    to: Node,
    label: String,
}

/// The flow as indented text: each step with its verb, then its outcomes with their targets.
pub fn text(plan: &Plan) -> String {
    let mut out = format!("{}\n", plan.label());
    let layers = layers(plan);
    let mut order: Vec<usize> = (0..plan.steps.len()).collect();
    order.sort_by_key(|step| layers.get(&Node::Step(*step)).copied().unwrap_or(usize::MAX));
    for step in order {
        let here = &plan.steps[step];
        let _infallible = writeln!(out, "{} ({})", here.name, here.verb.name());
        for arrow in arrows(plan, step) {
            let _infallible = writeln!(out, "    {} → {}", arrow.label, name(plan, arrow.to));
        }
    }
    out
}

fn name(plan: &Plan, node: Node) -> &str {
    match node {
        Node::Step(step) => &plan.steps[step].name,
        Node::End => "end",
    }
}

/// The arrows out of a step, those with one target joined.
fn arrows(plan: &Plan, step: usize) -> Vec<Arrow> {
    let mut joined: Vec<(Node, Vec<Outcome>)> = Vec::new();
    for (outcome, target) in plan.steps[step].ways_out() {
        let node = match target {
            Target::Step(next) => Node::Step(next),
            Target::End => Node::End,
        };
        match joined.iter_mut().find(|(n, _)| *n == node) {
            Some((_, outcomes)) => outcomes.push(outcome),
            None => joined.push((node, vec![outcome])),
        }
    }
    let label = |outcomes: Vec<Outcome>| {
        outcomes.iter().map(|o| label_of(plan, step, *o)).collect::<Vec<_>>().join(", ")
    };
    joined.into_iter().map(|(to, all)| Arrow { from: step, to, label: label(all) }).collect()
}

/// An outcome in the drawing; a branch shows its condition.
fn label_of(plan: &Plan, step: usize, outcome: Outcome) -> String {
    match (&plan.steps[step].verb, outcome) {
        (crate::verbs::Verb::When(when), Outcome::If(index)) => when
            .branches
            .get(usize::from(index))
            .map_or_else(|| outcome.to_string(), |branch| branch.text.clone()),
        _ => outcome.to_string(),
    }
}

/// Distance from the entry; called flows and what is not reached begin anew below.
fn layers(plan: &Plan) -> BTreeMap<Node, usize> {
    let mut layers = BTreeMap::new();
    for flow in &plan.flows {
        let top = layers.values().max().map_or(0, |deepest| deepest + 1);
        let mut open = VecDeque::from([(Node::Step(flow.entry), top)]);
        while let Some((node, layer)) = open.pop_front() {
            if layers.contains_key(&node) {
                continue;
            }
            layers.insert(node, layer);
            if let Node::Step(step) = node {
                open.extend(arrows(plan, step).into_iter().map(|a| (a.to, layer + 1)));
            }
        }
    }
    layers
}

/// Where each node stands: its left upper corner.
fn places(plan: &Plan) -> BTreeMap<Node, (usize, usize)> {
    let layers = layers(plan);
    let depth = layers.values().max().map_or(0, |d| d + 1);
    let mut rows: Vec<Vec<Node>> = vec![Vec::new(); depth];
    for (node, layer) in &layers {
        rows[*layer].push(*node);
    }
    let widest = rows.iter().map(Vec::len).max().unwrap_or(1);
    let mut places: BTreeMap<Node, (usize, usize)> = BTreeMap::new();
    for (layer, row) in rows.iter_mut().enumerate() {
        row.sort_by_key(|node| (pull(plan, *node, &places), *node));
        let left = MARGIN + (widest - row.len()) * COLUMN / 2;
        for (index, node) in row.iter().enumerate() {
            places.insert(*node, (left + index * COLUMN, MARGIN + layer * ROW));
        }
    }
    places
}

/// The mean column of the placed steps that lead here.
fn pull(plan: &Plan, node: Node, places: &BTreeMap<Node, (usize, usize)>) -> usize {
    let before = places.iter().filter(|(from, _)| match from {
        Node::Step(step) => arrows(plan, *step).iter().any(|a| a.to == node),
        Node::End => false,
    });
    let columns: Vec<usize> = before.map(|(_, (x, _))| *x).collect();
    columns.iter().sum::<usize>().checked_div(columns.len()).unwrap_or(0)
}

/// The flow as an SVG drawing that stands alone.
pub fn svg(plan: &Plan) -> String {
    let places = places(plan);
    let right = places.values().map(|(x, _)| *x).max().unwrap_or(0) + COLUMN + 2 * MARGIN;
    let bottom = places.values().map(|(_, y)| *y).max().unwrap_or(0) + ROW + MARGIN;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {right} {bottom}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n<title>{}</title>\n<defs><marker id=\"tip\" \
         viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
         orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"#456\"/></marker></defs>\n<rect \
         width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
        escaped(&plan.label())
    );
    let mut labels = String::new();
    for step in 0..plan.steps.len() {
        for (turn, arrow) in arrows(plan, step).iter().enumerate() {
            draw_arrow(&mut out, &mut labels, &places, arrow, turn, right);
        }
    }
    for (node, place) in &places {
        draw_node(&mut out, plan, *node, *place);
    }
    out.push_str(&labels);
    out.push_str("</svg>\n");
    out
}

fn draw_node(out: &mut String, plan: &Plan, node: Node, (x, y): (usize, usize)) {
    let (fill, verb) = match node {
        Node::Step(step) => (colour(plan.steps[step].verb.name()), plan.steps[step].verb.name()),
        Node::End => ("#ddd", ""),
    };
    let middle = x + BOX_WIDTH / 2;
    let _infallible = writeln!(
        out,
        "<rect x=\"{x}\" y=\"{y}\" width=\"{BOX_WIDTH}\" height=\"{BOX_HEIGHT}\" rx=\"6\" \
         fill=\"{fill}\" stroke=\"#456\"/><text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\" \
         font-weight=\"bold\">{}</text><text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\" \
         fill=\"#555\">{verb}</text>",
        y + 17,
        escaped(name(plan, node)),
        y + 33,
    );
}

fn colour(verb: &str) -> &'static str {
    match verb {
        "menu" | "ask" => "#e6f0ff",
        "verify" => "#ffe9d6",
        "find-case" | "when" => "#f2f2e2",
        "hangup" => "#ddd",
        _ => "#eef7ee",
    }
}

/// Down to a lower layer by a gentle curve; up, or across, around the right side.
fn draw_arrow(
    out: &mut String,
    labels: &mut String,
    places: &BTreeMap<Node, (usize, usize)>,
    arrow: &Arrow,
    turn: usize,
    right: usize,
) {
    let (Some(from), Some(to)) = (places.get(&Node::Step(arrow.from)), places.get(&arrow.to))
    else {
        return;
    };
    let spread = 14 + turn * 20;
    let (x1, x2) = (from.0 + spread.min(BOX_WIDTH - 10), to.0 + BOX_WIDTH / 2);
    let (path, place) = if to.1 > from.1 {
        let (y1, y2) = (from.1 + BOX_HEIGHT, to.1);
        let bend = (y2 - y1) / 2;
        let path = format!("M{x1} {y1}C{x1} {},{x2} {},{x2} {y2}", y1 + bend, y2 - bend);
        (path, (x1 + 3, y1 + 13 + 12 * (turn % 3)))
    } else {
        let (y1, y2) = (from.1 + BOX_HEIGHT / 2, to.1 + BOX_HEIGHT / 2);
        let (x1, x2) = (from.0 + BOX_WIDTH, to.0 + BOX_WIDTH);
        let far = (x1.max(x2) + 50 + 8 * turn).min(right);
        (format!("M{x1} {y1}C{far} {y1},{far} {y2},{x2} {y2}"), (x1 + 4, y1 - 4))
    };
    let _infallible = writeln!(
        out,
        "<path d=\"{path}\" fill=\"none\" stroke=\"#89a\" marker-end=\"url(#tip)\"/>"
    );
    let short: String = match arrow.label.char_indices().nth(40) {
        Some((at, _)) => format!("{}…", &arrow.label[..at]),
        None => arrow.label.clone(),
    };
    let _infallible = writeln!(
        labels,
        "<text x=\"{}\" y=\"{}\" font-size=\"10\" fill=\"#234\" stroke=\"#fff\" stroke-width=\"3\" \
         paint-order=\"stroke\">{}</text>",
        place.0,
        place.1,
        escaped(&short)
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
