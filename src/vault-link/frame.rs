//! Messages on a stream: two bytes of length (big-endian), then the message. No length is zero.

/// The stream cannot be followed any more: close it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a frame of the vault's link is empty or longer than allowed: close the connection")]
pub struct FrameError;

/// A message with its length before it.
pub fn frame_of(message: &[u8]) -> Vec<u8> {
    let length = u16::try_from(message.len()).unwrap_or(u16::MAX);
    let mut framed = Vec::with_capacity(2 + message.len());
    framed.extend(length.to_be_bytes());
    framed.extend(message);
    framed
}

/// Cuts a stream into messages; holds at most one unfinished message and what came with it.
pub struct Frames {
    bytes_max: usize,
    held: Vec<u8>,
}

impl Frames {
    /// For messages of at most `bytes_max` bytes.
    pub fn new(bytes_max: usize) -> Self {
        Self { bytes_max, held: Vec::new() }
    }

    /// Takes what was read from the stream and hands each whole message to `each`.
    ///
    /// # Errors
    /// A length of zero or above the limit, before its bytes are waited for.
    pub fn read(&mut self, bytes: &[u8], mut each: impl FnMut(&[u8])) -> Result<(), FrameError> {
        self.held.extend(bytes);
        let mut from = 0;
        while let Some((length, rest)) = self.held[from..].split_first_chunk::<2>() {
            let length = usize::from(u16::from_be_bytes(*length));
            if length == 0 || length > self.bytes_max {
                return Err(FrameError);
            }
            let Some(message) = rest.get(..length) else { break };
            each(message);
            from += 2 + length;
        }
        self.held.drain(..from);
        Ok(())
    }
}
