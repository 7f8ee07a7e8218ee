//! `parley dialplan lsp`: the Language Server Protocol (3.17) over standard input and output.
//!
//! ```text
//!  editor ── Content-Length: … ──▶ tower-lsp-server ─▶ Helper ─▶ dialplan::assist: answers at once
//!         ◀── publishDiagnostics ─────────────────────── check: 200 ms after the last key, on its own thread
//! ```
//! Owns: the open texts, when they are checked, their last faults.
//! Never: an answer of its own: what stands where is `dialplan::assist`, what is wrong is the gate.

mod translate;

use super::{Desk, sources};
use crate::Outcome;
use crate::config::Config;
use dialplan::assist::{self, Document, Known};
use dialplan::{Diagnostic, Draft};
use std::collections::BTreeMap;
use std::fs::File;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tower_lsp_server::jsonrpc::{Error, Result as Answer};
use tower_lsp_server::ls_types::{self as lsp, MessageType, Uri};
use tower_lsp_server::{Client, LanguageServer, LspService, Server};

/// From the last key to the check: somebody who types is not told of every half word.
const QUIET: Duration = Duration::from_millis(200);
/// Files open in one editor; further ones are not looked at, which the editor's log says.
const OPEN_MAX: usize = 200;

/// Serves one editor until it says `exit` or closes its end.
pub fn run(prompts: Option<PathBuf>, config: Config) -> Outcome {
    let desk = Desk::listening(prompts.as_deref(), &config)?;
    let numbers = vec![config.company.callback_number.clone()];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // Descriptors of our own: the buffers of the standard library would keep half a message back.
    let input = File::from(std::io::stdin().as_fd().try_clone_to_owned()?);
    let output = File::from(std::io::stdout().as_fd().try_clone_to_owned()?);
    runtime.block_on(async {
        let desk = Mutex::new(Arc::new(desk));
        let (service, socket) = LspService::new(|client| {
            let snippets = AtomicBool::new(false);
            let open = Mutex::new(BTreeMap::new());
            Helper(Arc::new(Room { client, desk, prompts, config, numbers, open, snippets }))
        });
        let (input, output) = (tokio::fs::File::from_std(input), tokio::fs::File::from_std(output));
        Server::new(input, output, socket).serve(service).await;
    });
    // A read of standard input may still wait; nobody waits for it.
    runtime.shutdown_background();
    Ok(ExitCode::SUCCESS)
}

/// One open file.
#[derive(Clone)]
struct Open {
    document: Arc<Document>,
    version: i32,
    /// Of the text that was checked last, and that text's version.
    faults: Arc<Vec<Diagnostic>>,
    checked: i32,
}

struct Room {
    client: Client,
    /// Read again when texts have changed.
    desk: Mutex<Arc<Desk>>,
    prompts: Option<PathBuf>,
    config: Config,
    numbers: Vec<String>,
    open: Mutex<BTreeMap<Uri, Open>>,
    /// The editor takes placeholders.
    snippets: AtomicBool,
}

struct Helper(Arc<Room>);

/// A panic in another answer leaves the texts as they are.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Room {
    fn find(&self, uri: &Uri) -> Option<Open> {
        locked(&self.open).get(uri).cloned()
    }

    fn desk(&self) -> Arc<Desk> {
        locked(&self.desk).clone()
    }

    /// What completion and hover know beside the file.
    fn with_known<T>(&self, answer: impl FnOnce(&Known<'_>) -> T) -> T {
        let desk = self.desk();
        let others: Vec<_> = locked(&self.open).values().map(|o| o.document.clone()).collect();
        let queues: Vec<String> = others.iter().flat_map(|document| document.queues()).collect();
        answer(&Known { texts: desk.texts.as_ref(), queues: &queues, numbers: &self.numbers })
    }

    /// Keeps a text; false when too many are open.
    fn keep(&self, uri: &Uri, text: String, version: i32) -> bool {
        let document = Arc::new(Document::read(text));
        let mut open = locked(&self.open);
        if open.len() >= OPEN_MAX && !open.contains_key(uri) {
            return false;
        }
        let before = open.remove(uri).map(|o| (o.faults, o.checked));
        let (faults, checked) = before.unwrap_or((Arc::default(), i32::MIN));
        open.insert(uri.clone(), Open { document, version, faults, checked });
        true
    }

    /// Checks a text and tells the editor, unless a newer one has come.
    async fn check(&self, uri: Uri, version: i32) {
        let current = |open: Option<&Open>| open.is_some_and(|open| open.version == version);
        let Some(open) = self.find(&uri).filter(|open| current(Some(open))) else { return };
        let (desk, document, name) = (self.desk(), open.document.clone(), translate::file(&uri));
        let work = move || {
            let bytes = document.text().as_bytes();
            let library = sources::around(Path::new(&name));
            Draft::read(bytes, &name, &desk.texts, &desk.environment, &library).faults
        };
        // A check that panicked is a bug of ours: the panic is in the log, the editor goes on.
        let Ok(faults) = tokio::task::spawn_blocking(work).await else { return };
        let told = translate::faults(&open.document, &uri, &faults);
        {
            let mut all = locked(&self.open);
            let Some(kept) = all.get_mut(&uri).filter(|open| current(Some(open))) else { return };
            (kept.faults, kept.checked) = (Arc::new(faults), version);
        }
        self.client.publish_diagnostics(uri, told, Some(version)).await;
    }

    /// Takes the texts as they are on disk now, and checks every open file with them.
    async fn read_texts(self: Arc<Self>) {
        let room = self.clone();
        let work = move || {
            let fresh = Desk::listening(room.prompts.as_deref(), &room.config);
            fresh
                .map(|desk| *locked(&room.desk) = Arc::new(desk))
                .map_err(|wrong| wrong.to_string())
        };
        if let Ok(Err(wrong)) = tokio::task::spawn_blocking(work).await {
            let sentence = format!("{wrong}; the texts read before stay in use");
            self.client.show_message(MessageType::WARNING, sentence).await;
        }
        let open: Vec<_> = locked(&self.open).iter().map(|(u, o)| (u.clone(), o.version)).collect();
        for (uri, version) in open {
            self.check(uri, version).await;
        }
    }
}

impl Helper {
    fn taken(&self, uri: Uri, text: String, version: i32, wait: Duration) {
        let room = self.0.clone();
        if !room.keep(&uri, text, version) {
            let sentence =
                format!("more than {OPEN_MAX} files are open: this one is not looked at");
            tokio::spawn(
                async move { room.client.log_message(MessageType::WARNING, sentence).await },
            );
            return;
        }
        tokio::spawn(async move {
            tokio::time::sleep(wait).await;
            room.check(uri, version).await;
        });
    }

    /// The open file and the byte of a place in it.
    fn at(&self, place: &lsp::TextDocumentPositionParams) -> Option<(Arc<Document>, usize)> {
        let document = self.0.find(&place.text_document.uri)?.document;
        let byte = document.byte(translate::place(place.position));
        Some((document, byte))
    }
}

/// Where a flow stands that this file calls from one beside it.
fn called(file: &str, flow: &str) -> Option<lsp::Location> {
    let dir = Path::new(file).parent()?.to_owned();
    sources::find(&[dir]).ok()?.into_iter().find_map(|source| {
        let document = Document::read(String::from_utf8(source.bytes).ok()?);
        let range = translate::range(&document, &document.flow(flow)?);
        Some(lsp::Location { uri: Uri::from_file_path(source.path)?, range })
    })
}

impl LanguageServer for Helper {
    async fn initialize(&self, asked: lsp::InitializeParams) -> Answer<lsp::InitializeResult> {
        let item = asked.capabilities.text_document.and_then(|text| text.completion);
        let snippets = item.and_then(|c| c.completion_item).and_then(|item| item.snippet_support);
        self.0.snippets.store(snippets.unwrap_or(false), Ordering::Relaxed);
        Ok(translate::capabilities())
    }

    async fn shutdown(&self) -> Answer<()> {
        Ok(())
    }

    async fn did_open(&self, opened: lsp::DidOpenTextDocumentParams) {
        let file = opened.text_document;
        self.taken(file.uri, file.text, file.version, Duration::ZERO);
    }

    async fn did_change(&self, changed: lsp::DidChangeTextDocumentParams) {
        let file = changed.text_document;
        // Whole texts are asked for: a part of one is not to be made sense of.
        let whole = changed.content_changes.into_iter().rfind(|change| change.range.is_none());
        if let Some(change) = whole {
            self.taken(file.uri, change.text, file.version, QUIET);
        }
    }

    async fn did_save(&self, _: lsp::DidSaveTextDocumentParams) {
        self.0.clone().read_texts().await;
    }

    async fn did_close(&self, closed: lsp::DidCloseTextDocumentParams) {
        let uri = closed.text_document.uri;
        locked(&self.0.open).remove(&uri);
        self.0.client.publish_diagnostics(uri, Vec::new(), None).await;
    }

    async fn completion(
        &self,
        asked: lsp::CompletionParams,
    ) -> Answer<Option<lsp::CompletionResponse>> {
        let Some((document, at)) = self.at(&asked.text_document_position) else { return Ok(None) };
        let found = self.0.with_known(|known| document.complete(at, known));
        let snippets = self.0.snippets.load(Ordering::Relaxed);
        Ok(Some(translate::proposals(&document, found, snippets)))
    }

    async fn hover(&self, asked: lsp::HoverParams) -> Answer<Option<lsp::Hover>> {
        let place = asked.text_document_position_params;
        let Some((document, at)) = self.at(&place) else { return Ok(None) };
        let note = self.0.with_known(|known| document.hover(at, known));
        Ok(note.map(|note| translate::note(&document, note)))
    }

    async fn goto_definition(
        &self,
        asked: lsp::GotoDefinitionParams,
    ) -> Answer<Option<lsp::GotoDefinitionResponse>> {
        let place = asked.text_document_position_params;
        let Some((document, at)) = self.at(&place) else { return Ok(None) };
        let there = document.definition(at).map(|span| translate::range(&document, &span));
        let uri = place.text_document.uri;
        let elsewhere = || called(&translate::file(&uri), document.called_elsewhere(at)?);
        let here = there.map(|range| lsp::Location { uri: uri.clone(), range });
        Ok(here.or_else(elsewhere).map(Into::into))
    }

    async fn references(&self, asked: lsp::ReferenceParams) -> Answer<Option<Vec<lsp::Location>>> {
        let place = asked.text_document_position;
        let Some((document, at)) = self.at(&place) else { return Ok(None) };
        let spans = document.references(at, asked.context.include_declaration);
        let uri = place.text_document.uri;
        let location =
            |span| lsp::Location { uri: uri.clone(), range: translate::range(&document, &span) };
        Ok(Some(spans.into_iter().map(location).collect()))
    }

    async fn prepare_rename(
        &self,
        asked: lsp::TextDocumentPositionParams,
    ) -> Answer<Option<lsp::PrepareRenameResponse>> {
        let Some((document, at)) = self.at(&asked) else { return Ok(None) };
        let span =
            document.renamable(at).map_err(|wrong| Error::invalid_params(wrong.to_string()))?;
        Ok(Some(lsp::PrepareRenameResponse::Range(translate::range(&document, &span))))
    }

    async fn rename(&self, asked: lsp::RenameParams) -> Answer<Option<lsp::WorkspaceEdit>> {
        let place = asked.text_document_position;
        let Some((document, at)) = self.at(&place) else { return Ok(None) };
        let spans = document.rename(at, &asked.new_name);
        let spans = spans.map_err(|wrong| Error::invalid_params(wrong.to_string()))?;
        let edits = spans.into_iter().map(|span| (span, asked.new_name.clone()));
        Ok(Some(translate::edits(&document, place.text_document.uri, edits)))
    }

    async fn document_symbol(
        &self,
        asked: lsp::DocumentSymbolParams,
    ) -> Answer<Option<lsp::DocumentSymbolResponse>> {
        let open = self.0.find(&asked.text_document.uri);
        Ok(open.map(|open| translate::symbols(&open.document)))
    }

    async fn code_action(
        &self,
        asked: lsp::CodeActionParams,
    ) -> Answer<Option<lsp::CodeActionResponse>> {
        let uri = asked.text_document.uri;
        // Faults of an older text have no place in this one.
        let open = self.0.find(&uri).filter(|open| open.checked == open.version);
        let Some(open) = open else { return Ok(None) };
        let document = &open.document;
        let wanted = |fault: &&Diagnostic| {
            let here = translate::range(document, &fault.span);
            here.start <= asked.range.end && asked.range.start <= here.end
        };
        let action = |fault: &Diagnostic| {
            let edit = assist::mend(document, fault)?;
            Some(translate::action(document, &uri, fault, edit))
        };
        Ok(Some(open.faults.iter().filter(wanted).filter_map(action).collect()))
    }

    async fn formatting(
        &self,
        asked: lsp::DocumentFormattingParams,
    ) -> Answer<Option<Vec<lsp::TextEdit>>> {
        let uri = asked.text_document.uri;
        let Some(document) = self.0.find(&uri).map(|open| open.document) else { return Ok(None) };
        match dialplan::format(document.text().as_bytes(), &translate::file(&uri)) {
            Ok(text) if text == document.text() => Ok(None),
            Ok(text) => {
                let range = translate::range(&document, &(0..document.text().len()));
                Ok(Some(vec![lsp::TextEdit { range, new_text: text }]))
            }
            Err(faults) => {
                // Somebody saves a half-typed file: no box pops up, the log says why nothing moved.
                let why = faults.first().map_or("", |fault| &fault.message);
                let sentence = format!("not laid out: {why}");
                self.0.client.log_message(MessageType::WARNING, sentence).await;
                Ok(None)
            }
        }
    }
}
