package dev.counterfoil.hardening;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.signer.TestDomain;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Protections taken away one by one, by a kernel that refuses what they need or by a flag: the
 * start is refused, and accepted under the name of what is lost.
 */
class SelfProtectionProcessTest {
  private static final Path SETPRIV = Path.of("/usr/bin/setpriv");
  private static final int SECCOMP_RETURN = 0x06;

  /** What stands before java, or among its flags. */
  private static List<String> start(TestDomain domain, Protection taken) throws Exception {
    return switch (taken) {
      case NO_ATTACH -> {
        domain.flags = List.of("-XX:-DisableAttachMechanism");
        yield List.of();
      }
      case NO_HEAP_DUMPS -> {
        domain.flags = List.of("-XX:+HeapDumpOnOutOfMemoryError");
        yield List.of();
      }
      // prctl(PR_SET_DUMPABLE) and no other prctl, which the runtime needs.
      case NOT_DUMPABLE -> refusing(domain, SystemCall.PRCTL, 0, 4);
      // prlimit64(0, RLIMIT_CORE), and not that of any other resource.
      case NO_CORE_FILES -> refusing(domain, SystemCall.PRLIMIT64, 1, 4);
      case SYSTEM_CALL_FILTER, NO_NETWORK -> refusing(domain, SystemCall.SECCOMP, 0, 1);
      // Whatever lays an outer filter gives up privileges itself.
      case NO_NEW_PRIVILEGES, LANDLOCK, NOT_SWAPPED, EMPTY_CORE, PRIVATE_CRASH_REPORTS, OWN_USER ->
          throw new AssertionError("not essential");
    };
  }

  /** A start whose kernel refuses a call when one of its arguments is this. */
  private static List<String> refusing(
      TestDomain domain, SystemCall call, int position, int argument) throws Exception {
    return refusing(domain, call, position, argument, Kernel.EPERM);
  }

  static List<String> refusing(
      TestDomain domain, SystemCall call, int position, int argument, int error) throws Exception {
    Architecture machine = Architecture.ofThisProcess().orElseThrow();
    List<SystemCallFilter.Instruction> program =
        List.of(
            new SystemCallFilter.Instruction(0x20, 0, 0, 0),
            new SystemCallFilter.Instruction(0x15, 0, 3, call.number(machine).orElseThrow()),
            new SystemCallFilter.Instruction(0x20, 0, 0, 16 + 8 * position),
            new SystemCallFilter.Instruction(0x15, 0, 1, argument),
            new SystemCallFilter.Instruction(SECCOMP_RETURN, 0, 0, SystemCallFilter.error(error)),
            new SystemCallFilter.Instruction(SECCOMP_RETURN, 0, 0, SystemCallFilter.ALLOW));
    ByteBuffer bytes = ByteBuffer.allocate(program.size() * 8).order(ByteOrder.LITTLE_ENDIAN);
    program.forEach(
        one ->
            bytes
                .putShort((short) one.code())
                .put((byte) one.yes())
                .put((byte) one.no())
                .putInt(one.value()));
    Path filter = Files.write(domain.path("outer.bpf"), bytes.array());
    return List.of(
        SETPRIV.toString(), "--no-new-privs", "--seccomp-filter", filter.toString(), "--");
  }

  private static List<JsonObject> protections(TestDomain domain, String role) throws Exception {
    return ((Answer.Done) domain.ask(role + "/admin.sock", Commands.status()))
        .result()
        .objects("protections");
  }

  private static List<String> missing(TestDomain domain, String role) throws Exception {
    List<String> names = new ArrayList<>();
    for (JsonObject measure : protections(domain, role)) {
      if (!measure.truth("holds") && measure.truth("essential")) {
        names.add(measure.string("name"));
      }
    }
    return names;
  }

  @Test
  void anOrdinaryStartHasEveryEssentialProtection() throws Exception {
    try (TestDomain domain = new TestDomain()) {
      Process signer = domain.startAll();
      for (String role : List.of("signer", "registrar")) {
        assertThat(missing(domain, role)).as(role).isEmpty();
        assertThat(protections(domain, role)).hasSize(Protection.values().length);
      }
      // Seen from outside, without its own word.
      ProcessFacts seen = ProcessFacts.of(signer.pid());
      assertThat(seen.ofEveryThread("Seccomp")).isNotEmpty().containsOnly("2");
      assertThat(seen.ofEveryThread("NoNewPrivs")).isNotEmpty().containsOnly("1");
      assertThat(seen.hasLimit("Max core file size", "0")).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource(
      names = {"NOT_DUMPABLE", "NO_CORE_FILES", "NO_ATTACH", "NO_HEAP_DUMPS", "SYSTEM_CALL_FILTER"})
  void withoutAnEssentialOneItDoesNotStartUnlessTheLossIsNamed(Protection taken) throws Exception {
    assumeTrue(Files.isExecutable(SETPRIV), "setpriv of util-linux takes protections away");
    List<LostProtection> losses = new ArrayList<>(List.of(taken.loss().orElseThrow()));
    if (taken == Protection.SYSTEM_CALL_FILTER) {
      losses.add(LostProtection.NETWORK_SOCKETS);
    }
    try (TestDomain domain = new TestDomain()) {
      List<String> prefix = start(domain, taken);
      Process refused = domain.start("registrar", domain.registrarConfiguration(), prefix);
      assertThat(refused.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(refused.exitValue())
          .as(domain.log("registrar"))
          .isEqualTo(ProcessExitCode.UNPROTECTED.code());
      assertThat(domain.log("registrar"))
          .contains(taken.text())
          .contains("accept-lost-protections: [" + losses.getFirst().text());
      assertThat(domain.path("registrar/keys")).as("no key was made").doesNotExist();

      domain.registrarExtra =
          "accept-lost-protections: " + losses.stream().map(LostProtection::text).toList() + "\n";
      domain.start("registrar", domain.registrarConfiguration(), prefix);
      assertThat(missing(domain, "registrar")).contains(taken.text());
    }
  }

  @Test
  void acceptingOneLossIsNoLeaveForAnother() throws Exception {
    try (TestDomain domain = new TestDomain()) {
      domain.flags = List.of("-XX:-DisableAttachMechanism");
      domain.registrarExtra = "accept-lost-protections: [core-files, every-system-call]\n";
      Process refused = domain.start("registrar", domain.registrarConfiguration(), List.of());
      assertThat(refused.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(refused.exitValue()).isEqualTo(ProcessExitCode.UNPROTECTED.code());
    }
  }
}
