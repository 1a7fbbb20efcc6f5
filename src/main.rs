//! The command line's door.

fn main() -> std::process::ExitCode {
    merestone::cli::main()
}
