package dev.counterfoil.hardening;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.hardening.SystemCallFilter.Instruction;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The filter's program, run by a small machine of its own on both processors' numbers. */
class SystemCallFilterTest {
  private static final int READ_X86_64 = 0;
  private static final int EXECVE_X86_64 = 59;
  private static final int SOCK_STREAM = 1;
  private static final int X32 = 0x4000_0000;

  /** What the kernel would do with a call: the least of what BPF has, as the program uses it. */
  private static int decide(List<Instruction> program, int machine, int number, int argument) {
    return decide(program, machine, number, argument, SOCK_STREAM);
  }

  private static int decide(
      List<Instruction> program, int machine, int number, int argument, int second) {
    int loaded = 0;
    for (int at = 0; ; at++) {
      Instruction instruction = program.get(at);
      int value = instruction.value();
      boolean holds =
          switch (instruction.code()) {
            case 0x20 -> {
              loaded =
                  switch (value) {
                    case 0 -> number;
                    case 4 -> machine;
                    case 16 -> argument;
                    default -> second;
                  };
              yield true;
            }
            case 0x15 -> loaded == value;
            case 0x25 -> Integer.compareUnsigned(loaded, value) > 0;
            case 0x54 -> {
              loaded &= value;
              yield true;
            }
            case 0x45 -> (loaded & value) != 0;
            case 0x06 -> true;
            default -> throw new AssertionError("unknown instruction " + instruction);
          };
      if (instruction.code() == 0x06) {
        return value;
      }
      at += holds ? instruction.yes() : instruction.no();
    }
  }

  private static int decide(Architecture machine, boolean network, SystemCall call, int argument) {
    return decide(
        SystemCallFilter.program(machine, network),
        machine.audit(),
        call.number(machine).orElseThrow(),
        argument);
  }

  @ParameterizedTest
  @EnumSource
  void everyCallThatIsDeniedIsRefusedAndNoOther(Architecture machine) {
    List<Instruction> program = SystemCallFilter.program(machine, false);
    for (int number = 0; number <= SystemCall.NEWEST; number++) {
      int looked = number;
      List<SystemCall> named =
          List.of(SystemCall.values()).stream()
              .filter(call -> call.number(machine).orElse(-1) == looked)
              .toList();
      assertThat(named).as("one name for number " + number).hasSizeLessThan(2);
      int wanted =
          named.contains(SystemCall.CLONE3)
              ? SystemCallFilter.error(Kernel.ENOSYS)
              : !named.isEmpty() && named.getFirst().isDenied()
                  ? SystemCallFilter.error(Kernel.EPERM)
                  : SystemCallFilter.ALLOW;
      // 1 is AF_UNIX, and no namespace.
      assertThat(decide(program, machine.audit(), number, 1))
          .as("call " + number)
          .isEqualTo(wanted);
    }
    assertThat(program).hasSizeLessThan(200);
  }

  @ParameterizedTest
  @EnumSource
  void socketsAreOfTheUnixFamilyAndOthersOnlyForANetworkHsm(Architecture machine) {
    int refused = SystemCallFilter.error(Kernel.EAFNOSUPPORT);
    for (SystemCall call : List.of(SystemCall.SOCKET, SystemCall.SOCKETPAIR)) {
      for (int family = 0; family < 64; family++) {
        assertThat(decide(machine, false, call, family))
            .isEqualTo(family == 1 ? SystemCallFilter.ALLOW : refused);
        assertThat(decide(machine, true, call, family))
            .isEqualTo(
                family == 1 || family == 2 || family == 10 ? SystemCallFilter.ALLOW : refused);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void forANetworkHsmThereIsTcpAndNothingElse(Architecture machine) {
    List<Instruction> program = SystemCallFilter.program(machine, true);
    int socket = SystemCall.SOCKET.number(machine).orElseThrow();
    for (int family : List.of(2, 10)) {
      for (int type = 0; type < 16; type++) {
        for (int flags : List.of(0, 0x800, 0x80000, 0x80800)) {
          assertThat(decide(program, machine.audit(), socket, family, type | flags))
              .isEqualTo(
                  type == SOCK_STREAM
                      ? SystemCallFilter.ALLOW
                      : SystemCallFilter.error(Kernel.EAFNOSUPPORT));
        }
      }
    }
    assertThat(decide(program, machine.audit(), socket, 1, 2)).isEqualTo(SystemCallFilter.ALLOW);
  }

  @ParameterizedTest
  @EnumSource
  void aThreadIsMadeAndANamespaceIsNot(Architecture machine) {
    int threadFlags = 0x3D0F00;
    assertThat(decide(machine, false, SystemCall.CLONE, threadFlags))
        .isEqualTo(SystemCallFilter.ALLOW);
    for (int namespace :
        List.of(0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000)) {
      assertThat(decide(machine, false, SystemCall.CLONE, threadFlags | namespace))
          .isEqualTo(SystemCallFilter.error(Kernel.EPERM));
    }
  }

  @Test
  void callsInAnotherMachinesWayEndTheProcessAndX32AndNewerOnesAreNotThere() {
    List<Instruction> program = SystemCallFilter.program(Architecture.X86_64, false);
    int machine = Architecture.X86_64.audit();
    assertThat(decide(program, 0x40000003, READ_X86_64, 0))
        .as("of i386")
        .isEqualTo(SystemCallFilter.KILL);
    assertThat(decide(program, Architecture.AARCH64.audit(), READ_X86_64, 0))
        .isEqualTo(SystemCallFilter.KILL);
    int notThere = SystemCallFilter.error(Kernel.ENOSYS);
    assertThat(decide(program, machine, READ_X86_64 | X32, 0)).isEqualTo(notThere);
    assertThat(decide(program, machine, SystemCall.NEWEST + 1, 0)).isEqualTo(notThere);
    assertThat(decide(program, machine, -1, 0)).isEqualTo(notThere);
    assertThat(decide(program, machine, READ_X86_64, 0)).isEqualTo(SystemCallFilter.ALLOW);
    assertThat(decide(program, machine, EXECVE_X86_64, 0)).isEqualTo(SystemCallFilter.ALLOW);
  }
}
