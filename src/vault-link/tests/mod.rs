mod bytes;
mod choreography;
mod table;
mod walls;
