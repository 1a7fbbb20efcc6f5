//! Room `inbox`.
