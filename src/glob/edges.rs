//! The edges of a trie: which child of a node a symbol leads to.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};

/// From a node and a symbol to a child.
pub(super) type Edges = HashMap<Edge, u32, Seeded>;

/// A node and a symbol in one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Edge(u64);

impl Edge {
    pub(super) fn new(node: u32, symbol: u32) -> Self {
        Self(u64::from(node) << 32 | u64::from(symbol))
    }
}

/// Hashes one number by one multiplication. Seeded, so that nobody can write a file whose edges all collide.
#[derive(Debug, Clone)]
pub(super) struct Seeded(u64);

impl Default for Seeded {
    fn default() -> Self {
        Self(RandomState::new().hash_one(0))
    }
}

impl BuildHasher for Seeded {
    type Hasher = Mixer;

    fn build_hasher(&self) -> Mixer {
        Mixer(self.0)
    }
}

pub(super) struct Mixer(u64);

impl Hasher for Mixer {
    fn write_u64(&mut self, number: u64) {
        // The golden ratio: odd and without pattern. Both halves of the product depend on every bit.
        let product = u128::from(number ^ self.0) * 0x9E37_79B9_7F4A_7C15;
        self.0 = (product >> 64) as u64 ^ product as u64;
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
