//! `gateway-sandbox ADDRESS FOLDER [--while-stdin]`: listens at the address, says at which, writes its root
//! certificate and its ledger into the folder. With the third word it ends when its standard input does, so
//! that whoever started it need not outlive it.

use gateway_sandbox::{Proof, Sandbox};
use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (address, folder) = match words.as_slice() {
        [address, folder] => (*address, *folder),
        [address, folder, "--while-stdin"] => {
            std::thread::spawn(end_with_stdin);
            (*address, *folder)
        }
        _ => {
            eprintln!("gateway-sandbox ADDRESS FOLDER [--while-stdin]: an acquirer to play with");
            return ExitCode::from(2);
        }
    };
    let folder = Path::new(folder);
    let sandbox = match Sandbox::start(address, Proof::Good) {
        Ok(sandbox) => sandbox,
        Err(e) => {
            eprintln!("gateway-sandbox: cannot listen at {address}: {e}");
            return ExitCode::FAILURE;
        }
    };
    if let Err(e) = fs::write(folder.join("sandbox-root.pem"), sandbox.root_pem()) {
        eprintln!("gateway-sandbox: cannot write into {}: {e}", folder.display());
        return ExitCode::FAILURE;
    }
    // whoever started it may have asked for any free port
    let _ = writeln!(std::io::stdout(), "listening {}", sandbox.address());
    let ledger = folder.join("sandbox-ledger.txt");
    sandbox.serve_for_ever(|lines| {
        if let Err(e) = fs::write(&ledger, lines) {
            eprintln!("gateway-sandbox: cannot write the ledger: {e}");
        }
    });
    ExitCode::SUCCESS
}

/// Nothing is ever said to it: standard input ends with whoever holds its other end.
fn end_with_stdin() {
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    std::process::exit(0);
}
