package dev.counterfoil.hardening;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * The system calls that the process gives up, as a program of the kernel's packet filter
 * (seccomp(2)). It denies what a signer never needs and a burglar would want, and whatever is newer
 * than this list; docs/decisions/system-call-filter.md has why it is no list of what is allowed.
 */
final class SystemCallFilter {
  private static final int LOAD = 0x20;
  private static final int JUMP_IF_EQUAL = 0x15;
  private static final int JUMP_IF_ABOVE = 0x25;
  private static final int JUMP_IF_ANY_BIT = 0x45;
  private static final int AND = 0x54;
  private static final int RETURN = 0x06;

  static final int ALLOW = 0x7FFF0000;
  static final int KILL = 0x80000000;
  private static final int ERROR = 0x00050000;

  // struct seccomp_data; both machines are little-endian.
  private static final int NUMBER_AT = 0;
  private static final int MACHINE_AT = 4;
  private static final int FIRST_ARGUMENT_AT = 16;
  private static final int SECOND_ARGUMENT_AT = 24;

  private static final int AF_UNIX = 1;
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int SOCK_STREAM = 1;

  /** Without SOCK_NONBLOCK and SOCK_CLOEXEC. */
  private static final int SOCKET_TYPE = 0xF;

  /** New namespaces: NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
  private static final int CLONE_NAMESPACES = 0x7E020000;

  private static final long MODE_FILTER = 1;
  private static final long ALL_THREADS = 1;

  /**
   * An instruction: {@code struct sock_filter}.
   *
   * @param code what it does
   * @param yes instructions skipped when a comparison holds
   * @param no instructions skipped when it does not
   * @param value compared with, loaded from, or returned
   */
  record Instruction(int code, int yes, int no, int value) {
    private static final int BYTES = 8;
  }

  private SystemCallFilter() {}

  /** What a call that is denied answers with. */
  static int error(int number) {
    return ERROR | number;
  }

  /**
   * The program.
   *
   * @param network whether TCP to a network HSM is needed
   */
  static List<Instruction> program(Architecture machine, boolean network) {
    List<Instruction> program = new ArrayList<>();
    // A call in another machine's way (32 bit) has other numbers: nothing here makes one.
    program.add(load(MACHINE_AT));
    program.add(new Instruction(JUMP_IF_EQUAL, 1, 0, machine.audit()));
    program.add(give(KILL));
    program.add(load(NUMBER_AT));
    // Numbers of x32 lie above all others.
    program.add(new Instruction(JUMP_IF_ABOVE, 0, 1, SystemCall.NEWEST));
    program.add(give(error(Kernel.ENOSYS)));
    deny(program, machine, SystemCall.CLONE3, Kernel.ENOSYS);
    List<Instruction> byFamily = byFamily(network);
    only(program, machine, SystemCall.SOCKET, byFamily);
    only(program, machine, SystemCall.SOCKETPAIR, byFamily);
    only(program, machine, SystemCall.CLONE, withoutNamespaces());
    for (SystemCall call : SystemCall.values()) {
      if (call.isDenied()) {
        deny(program, machine, call, Kernel.EPERM);
      }
    }
    program.add(give(ALLOW));
    return List.copyOf(program);
  }

  private static List<Instruction> byFamily(boolean network) {
    List<Instruction> block = new ArrayList<>();
    block.add(load(FIRST_ARGUMENT_AT));
    block.add(new Instruction(JUMP_IF_EQUAL, 0, 1, AF_UNIX));
    block.add(give(ALLOW));
    if (network) {
      // TCP and nothing else; where to, a filter cannot see.
      block.add(new Instruction(JUMP_IF_EQUAL, 1, 0, AF_INET));
      block.add(new Instruction(JUMP_IF_EQUAL, 0, 4, AF_INET6));
      block.add(load(SECOND_ARGUMENT_AT));
      block.add(new Instruction(AND, 0, 0, SOCKET_TYPE));
      block.add(new Instruction(JUMP_IF_EQUAL, 0, 1, SOCK_STREAM));
      block.add(give(ALLOW));
    }
    block.add(give(error(Kernel.EAFNOSUPPORT)));
    return block;
  }

  private static List<Instruction> withoutNamespaces() {
    return List.of(
        load(FIRST_ARGUMENT_AT),
        new Instruction(JUMP_IF_ANY_BIT, 0, 1, CLONE_NAMESPACES),
        give(error(Kernel.EPERM)),
        give(ALLOW));
  }

  private static void only(
      List<Instruction> program, Architecture machine, SystemCall call, List<Instruction> block) {
    call.number(machine)
        .ifPresent(
            number -> {
              program.add(new Instruction(JUMP_IF_EQUAL, 0, block.size(), number));
              program.addAll(block);
            });
  }

  private static void deny(
      List<Instruction> program, Architecture machine, SystemCall call, int error) {
    only(program, machine, call, List.of(give(error(error))));
  }

  private static Instruction load(int at) {
    return new Instruction(LOAD, 0, 0, at);
  }

  private static Instruction give(int action) {
    return new Instruction(RETURN, 0, 0, action);
  }

  /**
   * Lays a program over every thread of this process, for good.
   *
   * @return 0, or what {@link Kernel#call} answers; above 0 a thread that could not take it
   */
  static long lay(Kernel kernel, List<Instruction> program) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment instructions = arena.allocate(program.size() * (long) Instruction.BYTES, 8);
      for (int i = 0; i < program.size(); i++) {
        Instruction instruction = program.get(i);
        long at = i * (long) Instruction.BYTES;
        instructions.set(ValueLayout.JAVA_SHORT, at, (short) instruction.code());
        instructions.set(ValueLayout.JAVA_BYTE, at + 2, (byte) instruction.yes());
        instructions.set(ValueLayout.JAVA_BYTE, at + 3, (byte) instruction.no());
        instructions.set(ValueLayout.JAVA_INT, at + 4, instruction.value());
      }
      // struct sock_fprog: a length, and after the padding a pointer.
      MemorySegment whole = arena.allocate(16, 8);
      whole.set(ValueLayout.JAVA_SHORT, 0, (short) program.size());
      whole.set(ValueLayout.ADDRESS, 8, instructions);
      return kernel.call(SystemCall.SECCOMP, MODE_FILTER, ALL_THREADS, whole.address());
    }
  }
}
