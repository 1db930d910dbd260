package dev.counterfoil.installation.doctor;

import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.installation.ProgramProcesses;
import dev.counterfoil.installation.doctor.Check.About;
import dev.counterfoil.process.settings.KeyProgramConfiguration;
import dev.counterfoil.registrar.settings.RegistrarConfiguration;
import dev.counterfoil.signer.settings.SignerConfiguration;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * Examines a running signer or registrar: what it says of its protections, what is seen of it from
 * outside, what the machine gives, and how its files lie.
 */
public final class Doctor {
  private static final Duration WITHIN = Duration.ofSeconds(20);
  private static final Duration CONNECT_WITHIN = Duration.ofSeconds(2);

  private Doctor() {}

  /**
   * What was found.
   *
   * @param role of the process
   * @param domain its trust domain
   * @param pid of the process; empty when it does not answer and is not seen
   * @param answered whether its admin socket answered
   * @param checks in the order in which they are shown
   */
  public record Examination(
      String role, String domain, OptionalLong pid, boolean answered, List<Check> checks) {
    public Examination {
      checks = List.copyOf(checks);
    }

    /** Whether every protection that a signer does not start without is held. */
    public boolean isSound() {
      return answered
          && checks.stream()
              .allMatch(check -> !check.essential() || check.state() == Check.State.HELD);
    }

    /** As the command prints it for programs. */
    public JsonObject toJson() {
      return JsonObject.builder()
          .put("role", role)
          .put("domain", domain)
          .put("pid", pid.orElse(-1))
          .put("answered", answered)
          .put("sound", isSound())
          .put("checks", checks.stream().map(Check::toJson).toList())
          .build();
    }
  }

  /** Reads the configuration of a signer or registrar. */
  public static KeyProgramConfiguration read(Path file) throws ConfigurationException {
    return Configuration.readNearest(
        file, List.of(SignerConfiguration.class, RegistrarConfiguration.class));
  }

  /** Examines the process of a configuration. */
  public static Examination examine(KeyProgramConfiguration configuration, Path configurationFile)
      throws InterruptedException {
    List<Check> checks = new ArrayList<>();
    Optional<JsonObject> status =
        ask(
            configuration.process().adminSocket().path(),
            Commands.status(),
            why ->
                checks.add(
                    Check.of(
                        About.OUTSIDE,
                        "admin-socket",
                        false,
                        true,
                        why,
                        "run this as one of admin-users while the process runs. The"
                            + " process's log shows what it refused")));
    OptionalLong pid = status.map(Doctor::pid).orElse(OptionalLong.empty());
    if (pid.isEmpty()) {
      pid = ProgramProcesses.running(configurationFile);
    }
    status.ifPresent(said -> checks.addAll(said(said)));
    pid.ifPresent(of -> checks.addAll(SeenProcess.checks(of)));
    checks.addAll(MachineChecks.checks());
    checks.addAll(FileChecks.checks(configuration));
    return new Examination(
        configuration.role(), configuration.process().domain(), pid, status.isPresent(), checks);
  }

  private static OptionalLong pid(JsonObject status) {
    try {
      return OptionalLong.of(status.number("pid"));
    } catch (FormatException e) {
      // An older program.
      return OptionalLong.empty();
    }
  }

  private static List<Check> said(JsonObject status) {
    List<Check> checks = new ArrayList<>();
    try {
      if (status.get("custody") != null) {
        checks.add(custody(status.object("custody")));
      }
      for (JsonObject measure : status.objects("protections")) {
        checks.add(
            Check.of(
                About.PROTECTION,
                measure.string("name"),
                measure.truth("holds"),
                measure.truth("essential"),
                measure.string("proof"),
                measure.string("advice")));
      }
    } catch (FormatException e) {
      checks.add(
          Check.unknown(
              About.PROTECTION,
              "protections",
              true,
              "its status is not understood: " + e.getMessage()));
    }
    return checks;
  }

  private static Check custody(JsonObject custody) throws FormatException {
    Object away = custody.get("away");
    return Check.of(
        About.PROTECTION,
        "token-keys",
        away == null,
        false,
        away == null
            ? "in "
                + custody.string("name")
                + " custody, "
                + custody.string("assurance")
                + "; the keys of its logs are in software"
            : away.toString(),
        "check the token. The signer looks for it every second and signs again when it is back");
  }

  /**
   * Asks a process on its admin socket, over a new connection; empty when it does not answer.
   *
   * @param problem hears why not
   */
  static Optional<JsonObject> ask(Path socket, Request.Command command, Consumer<String> problem)
      throws InterruptedException {
    try {
      return switch (SignerClient.askAnew(socket, command, CONNECT_WITHIN, WITHIN)) {
        case Answer.Done done -> Optional.of(done.result());
        case Answer.Refused refused -> {
          problem.accept(refused.text());
          yield Optional.empty();
        }
        default -> Optional.empty();
      };
    } catch (SignerUnavailableException e) {
      problem.accept(String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }
}
