package dev.counterfoil.hardening;

import java.util.Arrays;
import java.util.Optional;

/** A machine whose system calls are known here, with its number in linux/audit.h. */
enum Architecture {
  X86_64("amd64", 0xC000003E),
  AARCH64("aarch64", 0xC00000B7);

  private final String java;
  private final int audit;

  Architecture(String java, int audit) {
    this.java = java;
    this.audit = audit;
  }

  /** What the kernel says of a system call that was made in this machine's own way. */
  int audit() {
    return audit;
  }

  /** The one of this process; empty on others. */
  static Optional<Architecture> ofThisProcess() {
    return Arrays.stream(values())
        .filter(machine -> machine.java.equals(System.getProperty("os.arch")))
        .findFirst();
  }
}
