//! Circles in a graph: Tarjan's strongly connected components (SIAM J. Comput. 1(2), 1972), then one
//! shortest circle in each.
//!
//! ```text
//!  a ─▶ b ─▶ c ─▶ d        components: {b, c}, {a}, {d}
//!       ▲────┘             told: b ─▶ c ─▶ b
//! ```
//! Owns: nothing; every node and every arrow is looked at a fixed number of times.
//! Never: what a node is. Flows that call each other and steps that lead to each other are both drawn so.

use std::collections::VecDeque;

/// An arrow's label and the node it leads to.
type Arrow<L> = (L, usize);

/// One circle for each group of nodes that lead to each other, from the group's lowest node: the
/// nodes with the label by which each is left. Ordered by that node.
pub(super) fn find<'g, L: Copy + 'g>(
    nodes: usize,
    arrows: &impl Fn(usize) -> &'g [Arrow<L>],
) -> Vec<Vec<(usize, L)>> {
    let groups = groups(nodes, arrows);
    let mut told = vec![false; nodes];
    let mut before = vec![None; nodes];
    let mut circles = Vec::new();
    for start in 0..nodes {
        if !std::mem::replace(&mut told[groups[start]], true) {
            circles.extend(shortest(start, &groups, arrows, &mut before));
        }
    }
    circles
}

/// The shortest way from a node back to it that stays within its group.
fn shortest<'g, L: Copy + 'g>(
    start: usize,
    groups: &[usize],
    arrows: &impl Fn(usize) -> &'g [Arrow<L>],
    before: &mut [Option<(usize, L)>],
) -> Option<Vec<(usize, L)>> {
    let mut open = VecDeque::from([start]);
    while let Some(at) = open.pop_front() {
        for (label, next) in arrows(at) {
            if groups[*next] != groups[start] || before[*next].is_some() {
                continue;
            }
            before[*next] = Some((at, *label));
            if *next == start {
                return Some(trace_back(start, before));
            }
            open.push_back(*next);
        }
    }
    None
}

fn trace_back<L: Copy>(start: usize, before: &[Option<(usize, L)>]) -> Vec<(usize, L)> {
    let mut circle = Vec::new();
    let mut at = start;
    while let Some((from, label)) = before[at] {
        circle.push((from, label));
        at = from;
        if at == start {
            break;
        }
    }
    circle.reverse();
    circle
}

/// A node whose arrows are being followed.
struct Open {
    node: usize,
    next_arrow: usize,
}

/// The search with its own stack: a flow of thousands of steps in a row must not exhaust ours.
struct Search {
    /// When each node was first seen, from 1; 0: not yet.
    seen: Vec<usize>,
    /// The earliest node on the stack that each one leads to.
    low: Vec<usize>,
    /// Seen, and not yet in a group.
    waiting: Vec<usize>,
    open: Vec<Open>,
    /// Each node's group; `usize::MAX`: none yet.
    groups: Vec<usize>,
    clock: usize,
}

/// For each node the number of its group; nodes that lead to each other have the same.
pub(super) fn groups<'g, L: 'g>(
    nodes: usize,
    arrows: &impl Fn(usize) -> &'g [Arrow<L>],
) -> Vec<usize> {
    let mut search = Search {
        seen: vec![0; nodes],
        low: vec![0; nodes],
        waiting: Vec::new(),
        open: Vec::new(),
        groups: vec![usize::MAX; nodes],
        clock: 0,
    };
    for node in 0..nodes {
        if search.seen[node] == 0 {
            search.see(node);
            search.follow(arrows);
        }
    }
    search.groups
}

impl Search {
    fn see(&mut self, node: usize) {
        self.clock += 1;
        self.seen[node] = self.clock;
        self.low[node] = self.clock;
        self.waiting.push(node);
        self.open.push(Open { node, next_arrow: 0 });
    }

    fn follow<'g, L: 'g>(&mut self, arrows: &impl Fn(usize) -> &'g [Arrow<L>]) {
        while let Some(open) = self.open.last_mut() {
            let node = open.node;
            match arrows(node).get(open.next_arrow) {
                Some((_, next)) => {
                    open.next_arrow += 1;
                    self.look(node, *next);
                }
                None => {
                    self.open.pop();
                    self.close(node);
                }
            }
        }
    }

    fn look(&mut self, node: usize, next: usize) {
        if self.seen[next] == 0 {
            self.see(next);
        } else if self.groups[next] == usize::MAX {
            self.low[node] = self.low[node].min(self.seen[next]);
        }
    }

    /// All arrows of the node were followed: it hands down what it reached, or heads a group.
    fn close(&mut self, node: usize) {
        if let Some(parent) = self.open.last() {
            self.low[parent.node] = self.low[parent.node].min(self.low[node]);
        }
        if self.low[node] < self.seen[node] {
            return;
        }
        while let Some(member) = self.waiting.pop() {
            self.groups[member] = node;
            if member == node {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    fn circles(graph: &[Vec<Arrow<char>>]) -> Vec<Vec<(usize, char)>> {
        find(graph.len(), &|node| graph[node].as_slice())
    }

    #[test]
    fn each_group_is_told_once_by_a_shortest_circle_from_its_lowest_node() {
        let graph = vec![
            vec![('a', 1)],
            vec![('b', 2), ('c', 3)],
            vec![('d', 3)],
            vec![('e', 1), ('f', 4)],
            vec![('g', 4)],
            vec![],
        ];
        assert_eq!(circles(&graph), [vec![(1, 'c'), (3, 'e')], vec![(4, 'g')]]);
    }

    #[test]
    fn a_graph_without_a_circle_has_none() {
        let graph = vec![vec![('a', 1), ('b', 2)], vec![('c', 2)], vec![]];
        assert!(circles(&graph).is_empty() && circles(&[]).is_empty());
    }

    #[test]
    fn the_search_looks_at_each_node_and_arrow_a_fixed_number_of_times() {
        for nodes in [500_usize, 5_000] {
            // A long ladder without a circle, the worst case of a search from every node.
            let ladder = |n: usize| {
                [n + 1, n + 2].into_iter().filter(|m| *m < nodes).map(|m| ('x', m)).collect()
            };
            let mut graph: Vec<Vec<Arrow<char>>> = (0..nodes).map(ladder).collect();
            for closed in [false, true] {
                if closed {
                    graph[nodes - 1].push(('x', 0));
                }
                let looks = Cell::new(0_usize);
                let found = find(nodes, &|node| {
                    looks.set(looks.get() + 1);
                    graph[node].as_slice()
                });
                assert_eq!(found.len(), usize::from(closed));
                // Each node when opened and closed, each arrow once, and once more for the circle.
                assert!(looks.get() <= 5 * nodes, "{} looks for {nodes} nodes", looks.get());
            }
        }
    }
}
