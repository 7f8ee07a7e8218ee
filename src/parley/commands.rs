//! The commands beside the server, one file each.

pub mod call;
pub mod calls;
pub mod cases;
pub mod dialplan;
pub mod doctor;
pub mod speak;
