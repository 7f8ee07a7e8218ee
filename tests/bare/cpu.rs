//! CPU time and memory of a process, as the kernel counts them.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

/// CPU time that all threads of the process used so far, by the scheduler's own clock (ns resolution).
pub fn of_process(pid: u32) -> Duration {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let stats = tasks.filter_map(|t| fs::read_to_string(t.path().join("schedstat")).ok());
    stats.map(|s| first_nanos(&s)).sum()
}

/// The same by the name of the thread; threads of one name are added up.
pub fn by_thread_name(pid: u32) -> BTreeMap<String, Duration> {
    let mut used = BTreeMap::new();
    for task in fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten() {
        let read = |file: &str| fs::read_to_string(task.path().join(file)).unwrap_or_default();
        *used.entry(read("comm").trim().to_owned()).or_default() += first_nanos(&read("schedstat"));
    }
    used
}

/// CPU time that the calling thread used so far.
pub fn of_this_thread() -> Duration {
    fs::read_to_string("/proc/thread-self/schedstat").map(|s| first_nanos(&s)).unwrap_or_default()
}

fn first_nanos(schedstat: &str) -> Duration {
    let nanos = schedstat.split_whitespace().next().and_then(|n| n.parse().ok());
    Duration::from_nanos(nanos.unwrap_or(0))
}

/// Resident memory of the process that is its own, in bytes: anonymous pages, no mapped files.
pub fn memory_of(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("RssAnon:"));
    let kilobytes = line.and_then(|l| l.split_whitespace().nth(1)).and_then(|n| n.parse().ok());
    kilobytes.unwrap_or(0u64) * 1024
}
