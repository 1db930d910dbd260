package dev.counterfoil.hardening;

import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * System calls that the process makes itself or is kept from, with their numbers (asm/unistd_64.h
 * and asm-generic/unistd.h of Linux 6.12).
 */
enum SystemCall {
  // What self-protection and the doctor need themselves.
  PRCTL(157, 167),
  PRLIMIT64(302, 261),
  MLOCKALL(151, 230),
  SECCOMP(317, 277),
  CLOSE(3, 57),
  CONNECT(42, 203),
  SENDTO(44, 206),
  LANDLOCK_CREATE_RULESET(444, 444),
  MEMFD_SECRET(447, 447),

  // Looked at by argument.
  SOCKET(41, 198),
  SOCKETPAIR(53, 199),
  CLONE(56, 220),
  /** Its flags lie in memory, which a filter cannot read; glibc falls back to clone. */
  CLONE3(435, 435),

  // Reading and changing other processes.
  PTRACE(101, 117, true),
  PROCESS_VM_READV(310, 270, true),
  PROCESS_VM_WRITEV(311, 271, true),
  KCMP(312, 272, true),
  PIDFD_GETFD(438, 438, true),
  PROCESS_MADVISE(440, 440, true),
  PERF_EVENT_OPEN(298, 241, true),
  USERFAULTFD(323, 282, true),

  // Programs that are in no file, so that Landlock does not see them.
  MEMFD_CREATE(319, 279, true),
  EXECVEAT(322, 281, true),

  // Ways round this filter: io_uring opens sockets by itself.
  IO_URING_SETUP(425, 425, true),
  IO_URING_ENTER(426, 426, true),
  IO_URING_REGISTER(427, 427, true),

  // Code and keys inside the kernel.
  BPF(321, 280, true),
  INIT_MODULE(175, 105, true),
  FINIT_MODULE(313, 273, true),
  DELETE_MODULE(176, 106, true),
  KEXEC_LOAD(246, 104, true),
  KEXEC_FILE_LOAD(320, 294, true),
  ADD_KEY(248, 217, true),
  REQUEST_KEY(249, 218, true),
  KEYCTL(250, 219, true),

  // Another view of the file system.
  MOUNT(165, 40, true),
  UMOUNT2(166, 39, true),
  PIVOT_ROOT(155, 41, true),
  CHROOT(161, 51, true),
  OPEN_TREE(428, 428, true),
  MOVE_MOUNT(429, 429, true),
  FSOPEN(430, 430, true),
  FSCONFIG(431, 431, true),
  FSMOUNT(432, 432, true),
  FSPICK(433, 433, true),
  MOUNT_SETATTR(442, 442, true),
  UNSHARE(272, 97, true),
  SETNS(308, 268, true),
  NAME_TO_HANDLE_AT(303, 264, true),
  OPEN_BY_HANDLE_AT(304, 265, true),
  FANOTIFY_INIT(300, 262, true),
  MKNOD(133, null, true),
  MKNODAT(259, 33, true),

  // The machine as a whole: its clock, its swap, its ports.
  SWAPON(167, 224, true),
  SWAPOFF(168, 225, true),
  REBOOT(169, 142, true),
  IOPL(172, null, true),
  IOPERM(173, null, true),
  MODIFY_LDT(154, null, true),
  PERSONALITY(135, 92, true),
  ACCT(163, 89, true),
  QUOTACTL(179, 60, true),
  QUOTACTL_FD(443, 443, true),
  SYSLOG(103, 116, true),
  SETTIMEOFDAY(164, 170, true),
  CLOCK_SETTIME(227, 112, true),
  CLOCK_ADJTIME(305, 266, true),
  ADJTIMEX(159, 171, true),
  SETHOSTNAME(170, 161, true),
  SETDOMAINNAME(171, 162, true),
  VHANGUP(153, 58, true);

  /**
   * mseal, the newest call that was looked at, the same on every machine. Calls above it answer as
   * if the kernel did not have them, which libraries must bear anyhow.
   */
  static final int NEWEST = 462;

  private final @Nullable Integer x86;
  private final @Nullable Integer aarch64;
  private final boolean denied;

  SystemCall(@Nullable Integer x86, @Nullable Integer aarch64) {
    this(x86, aarch64, false);
  }

  SystemCall(@Nullable Integer x86, @Nullable Integer aarch64, boolean denied) {
    this.x86 = x86;
    this.aarch64 = aarch64;
    this.denied = denied;
  }

  /** Its number; empty where the machine does not have it. */
  OptionalInt number(Architecture machine) {
    Integer number =
        switch (machine) {
          case X86_64 -> x86;
          case AARCH64 -> aarch64;
        };
    return number == null ? OptionalInt.empty() : OptionalInt.of(number);
  }

  /** Whether neither a signer nor a registrar may ever make it. */
  boolean isDenied() {
    return denied;
  }
}
