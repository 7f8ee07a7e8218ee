//! A counter-example cut down: lines are taken out as long as the same fault still shows.

use super::{Script, hear_out, run};
use crate::explore::watch::{self, Fault};
use crate::limits::EXPLORE_SHRINKS_MAX;
use crate::plan::Plan;
use crate::trial::What;
use std::fmt::Write as _;
use std::sync::Arc;

/// The shortest script found that shows the fault.
pub(super) fn shrink(plan: &Arc<Plan>, fault: &Fault, mut script: Script) -> Script {
    let mut runs = 0;
    let mut shows = |script: &Script| {
        runs += 1;
        runs <= EXPLORE_SHRINKS_MAX && shown(plan, script).is_some_and(|found| found.same(fault))
    };
    let mut cut = true;
    while std::mem::take(&mut cut) {
        for at in (0..script.lines.len()).rev() {
            let mut shorter = script.clone();
            shorter.lines.remove(at);
            if shows(&shorter) {
                script = shorter;
                cut = true;
            }
        }
    }
    script
}

/// What goes wrong in this call.
pub(super) fn shown(plan: &Arc<Plan>, script: &Script) -> Option<Fault> {
    let mut double = run(plan, script);
    hear_out(&mut double);
    watch::fault(&double)
}

/// The script as a `test` block.
pub(super) fn block(fault: &Fault, script: &Script) -> String {
    let world = &script.world;
    let lang = world.lang.map_or_else(String::new, |lang| format!(" language={}", lang.tag()));
    let name = fault.message.replace('\\', "/").replace('"', "'");
    let mut text = format!("test \"found: {name}\"{lang} {{\n");
    for given in &world.written {
        let _infallible = writeln!(text, "    {given}");
    }
    for line in &script.lines {
        let nothing = matches!(&line.what, What::Wait(span) if span.is_zero());
        if !nothing {
            let _infallible = writeln!(text, "    {}", line.text);
        }
    }
    text.push_str("    expect sound\n}\n");
    text
}
