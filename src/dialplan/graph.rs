//! The drawing of a flow, computed: nobody writes coordinates.
//!
//! ```text
//!   row 0        [ greet ]
//!                    │ then
//!   row 1        [ identify            ]      rows are distances from the entry
//!                [ error → trouble     ]      only ways to the next row are arrows;
//!                    │ found                  all others stand in the box by name, as links
//! ```
//! Drawn as arrows, ways up, across and far down would cross everything: a flow has more of them than of
//! the other kind.

use crate::diagnostic::Diagnostic;
use crate::plan::{Flow, Outcome, Plan, Step, Target};
use crate::verbs::Verb;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;

const BOX_WIDTH: usize = 220;
/// Of a box without links: the step's name and its verb.
const HEAD_HEIGHT: usize = 40;
const LINK_HEIGHT: usize = 13;
const COLUMN: usize = 250;
/// Between two rows: room for the labels of arrows.
const GAP: usize = 90;
const MARGIN: usize = 40;
/// Characters of one line of a link, at the size it is printed in.
const LINK_CHARS: usize = 36;

/// What is drawn.
pub(crate) struct Sketch<'p> {
    pub(crate) label: String,
    pub(crate) flows: &'p [Flow],
    pub(crate) steps: &'p [Step],
    /// Steps left by these outcomes lie on the way to a fault.
    marked: BTreeSet<(usize, Outcome)>,
    /// Steps that have a fault.
    faulty: BTreeSet<usize>,
}

impl<'p> Sketch<'p> {
    pub(crate) fn of(plan: &'p Plan) -> Self {
        Self::marked(plan.label(), &plan.flows, &plan.steps, &plan.warnings)
    }

    /// With the ways that lead to these faults.
    pub(crate) fn marked(
        label: String,
        flows: &'p [Flow],
        steps: &'p [Step],
        faults: &[Diagnostic],
    ) -> Self {
        let (mut marked, mut faulty) = (BTreeSet::new(), BTreeSet::new());
        for hop in faults.iter().flat_map(|fault| &fault.way) {
            let here = |step: &&Step| step.name == hop.step && flows[step.flow].name == hop.flow;
            let Some(index) = steps.iter().position(|step| here(&step)) else { continue };
            let by = steps[index].exits.keys().find(|outcome| outcome.to_string() == hop.by);
            match by {
                Some(outcome) => drop(marked.insert((index, *outcome))),
                None => drop(faulty.insert(index)),
            }
        }
        Self { label, flows, steps, marked, faulty }
    }

    /// The index of the flow that a step calls.
    fn called(&self, step: usize) -> Option<usize> {
        match &self.steps[step].verb {
            Verb::Call(call) => self.flows.iter().position(|flow| flow.name == call.flow),
            _ => None,
        }
    }
}

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
    /// It lies on the way to a fault.
    marked: bool,
}

/// The flow as indented text: each step with its verb, then its outcomes with their targets.
pub fn text(plan: &Plan) -> String {
    draw_text(&Sketch::of(plan))
}

pub(crate) fn draw_text(plan: &Sketch<'_>) -> String {
    let mut out = format!("{}\n", plan.label);
    let layers = layers(plan);
    let mut order: Vec<usize> = (0..plan.steps.len()).collect();
    order.sort_by_key(|step| layers.get(&Node::Step(*step)).copied().unwrap_or(usize::MAX));
    for step in order {
        let here = &plan.steps[step];
        let fault = if plan.faulty.contains(&step) { "  ← here is a fault" } else { "" };
        let _infallible = writeln!(out, "{} ({}){fault}", here.name, here.verb.name());
        for arrow in arrows(plan, step) {
            let way = if arrow.marked { "  ← on the way to a fault" } else { "" };
            let _infallible = writeln!(out, "    {} → {}{way}", arrow.label, name(plan, arrow.to));
        }
    }
    out
}

fn name<'p>(plan: &Sketch<'p>, node: Node) -> &'p str {
    match node {
        Node::Step(step) => &plan.steps[step].name,
        Node::End => "end",
    }
}

/// The arrows out of a step, those with one target joined.
fn arrows(plan: &Sketch<'_>, step: usize) -> Vec<Arrow> {
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
    let calls = plan.called(step).map(|flow| Arrow {
        from: step,
        to: Node::Step(plan.flows[flow].entry),
        label: format!("calls {}", plan.flows[flow].name),
        marked: false,
    });
    let marked = |all: &[Outcome]| all.iter().any(|o| plan.marked.contains(&(step, *o)));
    let arrow = |(to, all): (Node, Vec<Outcome>)| Arrow {
        from: step,
        to,
        marked: marked(&all),
        label: label(all),
    };
    calls.into_iter().chain(joined.into_iter().map(arrow)).collect()
}

/// An outcome in the drawing; a branch shows its condition.
fn label_of(plan: &Sketch<'_>, step: usize, outcome: Outcome) -> String {
    match (&plan.steps[step].verb, outcome) {
        (crate::verbs::Verb::When(when), Outcome::If(index)) => when
            .branches
            .get(usize::from(index))
            .map_or_else(|| outcome.to_string(), |branch| branch.text.clone()),
        _ => outcome.to_string(),
    }
}

/// Distance from the entry; called flows and what is not reached begin anew below.
fn layers(plan: &Sketch<'_>) -> BTreeMap<Node, usize> {
    let mut layers = BTreeMap::new();
    for flow in plan.flows {
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

/// Where a node stands, and how high it is.
#[derive(Clone, Copy)]
struct Place {
    x: usize,
    y: usize,
    height: usize,
}

/// A way that is named in its box: one line, and where it leads.
struct Link {
    line: String,
    to: Node,
    marked: bool,
}

/// Whether this way is drawn: it leads to the next row.
fn is_drawn(layers: &BTreeMap<Node, usize>, arrow: &Arrow) -> bool {
    let (from, to) = (layers.get(&Node::Step(arrow.from)), layers.get(&arrow.to));
    matches!((from, to), (Some(from), Some(to)) if *to == from + 1)
}

/// The ways out of a node that are named in its box, cut into lines.
fn links(plan: &Sketch<'_>, layers: &BTreeMap<Node, usize>, node: Node) -> Vec<Link> {
    let Node::Step(step) = node else { return Vec::new() };
    let named = arrows(plan, step).into_iter().filter(|arrow| !is_drawn(layers, arrow));
    let cut = |arrow: Arrow| {
        let whole = format!("{} → {}", arrow.label, name(plan, arrow.to));
        let (to, marked) = (arrow.to, arrow.marked);
        lines(&whole).into_iter().map(move |line| Link { line, to, marked })
    };
    named.flat_map(cut).collect()
}

/// A text in lines of at most [`LINK_CHARS`], cut between words; a longer word stays whole.
fn lines(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.last().map_or(0, |line| line.chars().count());
        if last > 0 && last + 1 + word.chars().count() > LINK_CHARS {
            lines.push("  ".to_owned());
        } else if last > 0 {
            lines.last_mut().into_iter().for_each(|line| line.push(' '));
        }
        lines.last_mut().into_iter().for_each(|line| line.push_str(word));
    }
    lines
}

fn places(plan: &Sketch<'_>, layers: &BTreeMap<Node, usize>) -> BTreeMap<Node, Place> {
    let depth = layers.values().max().map_or(0, |d| d + 1);
    let mut rows: Vec<Vec<Node>> = vec![Vec::new(); depth];
    for (node, layer) in layers {
        rows[*layer].push(*node);
    }
    let widest = rows.iter().map(Vec::len).max().unwrap_or(1);
    let mut places: BTreeMap<Node, Place> = BTreeMap::new();
    let mut y = MARGIN;
    for row in &mut rows {
        row.sort_by_key(|node| (pull(plan, *node, &places), *node));
        let left = MARGIN + (widest - row.len()) * COLUMN / 2;
        let mut tallest = HEAD_HEIGHT;
        for (index, node) in row.iter().enumerate() {
            let height = HEAD_HEIGHT + links(plan, layers, *node).len() * LINK_HEIGHT;
            places.insert(*node, Place { x: left + index * COLUMN, y, height });
            tallest = tallest.max(height);
        }
        y += tallest + GAP;
    }
    places
}

/// The mean column of the placed steps that lead here.
fn pull(plan: &Sketch<'_>, node: Node, places: &BTreeMap<Node, Place>) -> usize {
    let before = places.iter().filter(|(from, _)| match from {
        Node::Step(step) => arrows(plan, *step).iter().any(|a| a.to == node),
        Node::End => false,
    });
    let columns: Vec<usize> = before.map(|(_, place)| place.x).collect();
    columns.iter().sum::<usize>().checked_div(columns.len()).unwrap_or(0)
}

/// The flow as an SVG drawing that stands alone.
pub fn svg(plan: &Plan) -> String {
    draw_svg(&Sketch::of(plan))
}

pub(crate) fn draw_svg(plan: &Sketch<'_>) -> String {
    let layers = layers(plan);
    let places = places(plan, &layers);
    let right = places.values().map(|p| p.x + BOX_WIDTH).max().unwrap_or(0) + MARGIN;
    let bottom = places.values().map(|p| p.y + p.height).max().unwrap_or(0) + MARGIN;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {right} {bottom}\" \
         width=\"{right}\" height=\"{bottom}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <title>{}</title>\n<defs>{}{}</defs>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
        escaped(&plan.label),
        tip("tip", LINE_COLOUR),
        tip("tip-fault", FAULT_COLOUR),
    );
    let mut labels = String::new();
    for step in 0..plan.steps.len() {
        let drawn = arrows(plan, step).into_iter().filter(|arrow| is_drawn(&layers, arrow));
        let mut drawn: Vec<Arrow> = drawn.collect();
        // in the order of their targets, so that they do not cross on their way out
        drawn.sort_by_key(|arrow| places.get(&arrow.to).map(|place| place.x));
        for (turn, arrow) in drawn.iter().enumerate() {
            draw_arrow(&mut out, &mut labels, &places, arrow, (turn, drawn.len()));
        }
    }
    for (node, place) in &places {
        draw_node(&mut out, plan, *node, *place);
        draw_links(&mut out, plan, &links(plan, &layers, *node), *place);
    }
    out.push_str(&labels);
    out.push_str("</svg>\n");
    out
}

const LINE_COLOUR: &str = "#678";
const FAULT_COLOUR: &str = "#c22";

fn tip(id: &str, colour: &str) -> String {
    format!(
        "<marker id=\"{id}\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" \
         markerHeight=\"7\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" \
         fill=\"{colour}\"/></marker>"
    )
}

fn draw_node(out: &mut String, plan: &Sketch<'_>, node: Node, place: Place) {
    let (fill, verb) = match node {
        Node::Step(step) => (colour(plan.steps[step].verb.name()), plan.steps[step].verb.name()),
        Node::End => ("#ddd", ""),
    };
    let faulty = matches!(node, Node::Step(step) if plan.faulty.contains(&step));
    let Place { x, y, height } = place;
    let middle = x + BOX_WIDTH / 2;
    let _infallible = writeln!(
        out,
        "<rect id=\"{}\" x=\"{x}\" y=\"{y}\" width=\"{BOX_WIDTH}\" height=\"{height}\" rx=\"6\" \
         fill=\"{fill}\" stroke=\"{}\" stroke-width=\"{}\"/><text x=\"{middle}\" y=\"{}\" \
         text-anchor=\"middle\" font-weight=\"bold\">{}</text><text x=\"{middle}\" y=\"{}\" \
         text-anchor=\"middle\" fill=\"#555\">{verb}</text>",
        anchor(node),
        if faulty { FAULT_COLOUR } else { "#456" },
        if faulty { 3 } else { 1 },
        y + 17,
        escaped(name(plan, node)),
        y + 32,
    );
}

/// The name of a node within the drawing, for links.
fn anchor(node: Node) -> String {
    match node {
        Node::Step(step) => format!("step-{step}"),
        Node::End => "end".to_owned(),
    }
}

fn draw_links(out: &mut String, plan: &Sketch<'_>, links: &[Link], place: Place) {
    for (turn, link) in links.iter().enumerate() {
        let (colour, weight) =
            if link.marked { (FAULT_COLOUR, "bold") } else { ("#245", "normal") };
        let _infallible = writeln!(
            out,
            "<a href=\"#{}\"><title>to {}</title><text x=\"{}\" y=\"{}\" font-size=\"10\" \
             fill=\"{colour}\" font-weight=\"{weight}\" xml:space=\"preserve\">{}</text></a>",
            anchor(link.to),
            escaped(name(plan, link.to)),
            place.x + 8,
            place.y + HEAD_HEIGHT + 7 + turn * LINK_HEIGHT,
            escaped(&link.line),
        );
    }
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

/// Down to the next row by a gentle curve; `turn` of `count` arrows out of the same box, whose labels are
/// spread over its width and staggered.
fn draw_arrow(
    out: &mut String,
    labels: &mut String,
    places: &BTreeMap<Node, Place>,
    arrow: &Arrow,
    (turn, count): (usize, usize),
) {
    let (Some(from), Some(to)) = (places.get(&Node::Step(arrow.from)), places.get(&arrow.to))
    else {
        return;
    };
    let (x1, y1) = (from.x + BOX_WIDTH * (2 * turn + 1) / (2 * count), from.y + from.height);
    let (x2, y2) = (to.x + BOX_WIDTH / 2, to.y);
    let bend = (y2 - y1) / 2;
    let (colour, width, tip) = match arrow.marked {
        true => (FAULT_COLOUR, 3, "tip-fault"),
        false => (LINE_COLOUR, 1, "tip"),
    };
    let _infallible = writeln!(
        out,
        "<path d=\"M{x1} {y1}C{x1} {},{x2} {},{x2} {y2}\" fill=\"none\" stroke=\"{colour}\" \
         stroke-width=\"{width}\" marker-end=\"url(#{tip})\"/>",
        y1 + bend,
        y2 - bend,
    );
    for (line, text) in lines(&arrow.label).iter().enumerate() {
        let _infallible = writeln!(
            labels,
            "<text x=\"{}\" y=\"{}\" font-size=\"10\" fill=\"#234\" stroke=\"#fff\" \
             stroke-width=\"3\" paint-order=\"stroke\">{}</text>",
            x1 + 3,
            y1 + 13 + 12 * (turn % 4) + 12 * line,
            escaped(text.trim_start()),
        );
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
