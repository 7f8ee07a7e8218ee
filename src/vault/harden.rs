//! Locking the doors, in the one order that works.
//!
//! ```text
//!  first: no core file → memory stays in memory → the user changes → nobody may look in → no new powers
//!  then everything is opened (furniture)
//!  last:  no file system, TCP to the gateway's port alone (Landlock) → an allow-list of system calls
//! ```
//! A control that the kernel lacks ends the program: no card is taken on half a lock.

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, NetPort, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetError, RulesetStatus,
};
use rustix::mm::{MlockAllFlags, mlockall};
use rustix::process::{
    DumpableBehavior, Gid, Resource, Rlimit, Uid, getrlimit, getuid, set_dumpable_behavior,
    setrlimit,
};
use rustix::thread::{set_no_new_privs, set_thread_groups, set_thread_res_gid, set_thread_res_uid};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, apply_filter,
};
use std::collections::BTreeMap;

/// Which lock did not close. Its word is all that is said of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Open {
    /// RLIMIT_CORE or RLIMIT_MEMLOCK.
    Limits,
    /// mlockall(2).
    MemoryLock,
    /// It is root and was not told whom to become.
    User,
    /// PR_SET_DUMPABLE.
    Dumpable,
    /// no_new_privs.
    NewPrivileges,
    /// Landlock with network rules (Linux 6.7).
    Landlock,
    /// seccomp.
    SystemCalls,
}

/// Before anything is opened.
///
/// # Errors
/// The first lock that does not close.
pub fn before_opening(user: Option<u32>) -> Result<(), Open> {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    setrlimit(Resource::Core, none).map_err(|_| Open::Limits)?;
    raise_memory_limit()?;
    let flags = MlockAllFlags::CURRENT | MlockAllFlags::FUTURE;
    mlockall(flags).map_err(|_| Open::MemoryLock)?;
    if getuid().is_root() {
        become_user(user.ok_or(Open::User)?)?;
    }
    // after the change of user, which makes a process readable again
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(|_| Open::Dumpable)?;
    set_no_new_privs(true).map_err(|_| Open::NewPrivileges)
}

/// The limit on locked memory counts from the moment it is no longer root: all there is, or as much as
/// whoever started it left.
fn raise_memory_limit() -> Result<(), Open> {
    let all = Rlimit { current: None, maximum: None };
    if setrlimit(Resource::Memlock, all).is_ok() {
        return Ok(());
    }
    let maximum = getrlimit(Resource::Memlock).maximum;
    setrlimit(Resource::Memlock, Rlimit { current: maximum, maximum }).map_err(|_| Open::Limits)
}

fn become_user(user: u32) -> Result<(), Open> {
    let (uid, gid) = (Uid::from_raw(user), Gid::from_raw(user));
    // one thread: what holds for it holds for the process
    set_thread_groups(&[]).map_err(|_| Open::User)?;
    set_thread_res_gid(gid, gid, gid).map_err(|_| Open::User)?;
    set_thread_res_uid(uid, uid, uid).map_err(|_| Open::User)?;
    if getuid().is_root() { Err(Open::User) } else { Ok(()) }
}

/// After everything is opened.
///
/// # Errors
/// The first lock that does not close.
pub fn after_opening(gateway_port: u16) -> Result<(), Open> {
    let fenced = fence(gateway_port).map_err(|_| Open::Landlock)?;
    if fenced != RulesetStatus::FullyEnforced {
        return Err(Open::Landlock);
    }
    let program = allow_list().ok_or(Open::SystemCalls)?;
    apply_filter(&program).map_err(|_| Open::SystemCalls)
}

fn fence(gateway_port: u16) -> Result<RulesetStatus, RulesetError> {
    let ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(ABI::V4))?
        .handle_access(AccessNet::from_all(ABI::V4))?
        .create()?
        .add_rule(NetPort::new(gateway_port, AccessNet::ConnectTcp))?;
    Ok(ruleset.restrict_self()?.ruleset)
}

/// What a vault at work does: wait, read and write what is open, connect, use memory, tell the time, end.
const ALLOWED: &[i64] = &[
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_readv,
    // rustls writes its records with it: without it a payment dies half-way
    libc::SYS_writev,
    libc::SYS_recvfrom,
    libc::SYS_sendto,
    libc::SYS_recvmsg,
    libc::SYS_sendmsg,
    libc::SYS_ppoll,
    libc::SYS_close,
    libc::SYS_connect,
    libc::SYS_getsockname,
    libc::SYS_getpeername,
    libc::SYS_getsockopt,
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_futex,
    libc::SYS_clock_gettime,
    libc::SYS_getrandom,
    libc::SYS_sigaltstack,
    libc::SYS_rt_sigreturn,
    libc::SYS_restart_syscall,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

fn allow_list() -> Option<BpfProgram> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
        ALLOWED.iter().map(|call| (*call, vec![])).collect();
    rules.insert(libc::SYS_socket, stream_sockets()?);
    rules.insert(libc::SYS_fcntl, vec![is_it_open()?]);
    rules.insert(libc::SYS_mmap, vec![memory_without_code(2)?]);
    let arch = std::env::consts::ARCH.try_into().ok()?;
    let (otherwise, matching) = (SeccompAction::KillProcess, SeccompAction::Allow);
    SeccompFilter::new(rules, otherwise, matching, arch).ok()?.try_into().ok()
}

/// `socket` for TCP over IPv4 or IPv6; Landlock holds no other kind.
fn stream_sockets() -> Option<Vec<SeccompRule>> {
    let of_family = |family: i32| {
        let kind_mask = SeccompCmpOp::MaskedEq(0xF);
        let family = condition(0, SeccompCmpOp::Eq, family as u64)?;
        let kind = condition(1, kind_mask, libc::SOCK_STREAM as u64)?;
        SeccompRule::new(vec![family, kind]).ok()
    };
    [libc::AF_INET, libc::AF_INET6].into_iter().map(of_family).collect()
}

/// `fcntl(F_GETFD)`: a build with checks asks whether a descriptor is open before it closes it.
fn is_it_open() -> Option<SeccompRule> {
    let command = condition(1, SeccompCmpOp::Eq, libc::F_GETFD as u64)?;
    SeccompRule::new(vec![command]).ok()
}

/// Memory that nobody can run.
fn memory_without_code(argument: u8) -> Option<SeccompRule> {
    let mask = SeccompCmpOp::MaskedEq(libc::PROT_EXEC as u64);
    SeccompRule::new(vec![condition(argument, mask, 0)?]).ok()
}

fn condition(argument: u8, op: SeccompCmpOp, value: u64) -> Option<SeccompCondition> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, op, value).ok()
}

#[cfg(test)]
#[path = "tests/harden.rs"]
mod tests;
