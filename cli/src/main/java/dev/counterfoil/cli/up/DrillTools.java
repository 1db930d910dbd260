package dev.counterfoil.cli.up;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.drills.attach.Attach;
import dev.counterfoil.drills.disclosure.DisclosureDrill;
import dev.counterfoil.drills.insider.Insider;
import dev.counterfoil.drills.log.AuditTamper;
import dev.counterfoil.drills.log.LostHost;
import dev.counterfoil.drills.log.RewoundDisk;
import dev.counterfoil.drills.log.RewoundRegistrar;
import dev.counterfoil.drills.memory.LeftDump;
import dev.counterfoil.drills.people.SignInDrill;
import dev.counterfoil.drills.rotation.Rotation;
import dev.counterfoil.drills.rotation.RotationPace;
import dev.counterfoil.drills.run.ConsoleNarrator;
import dev.counterfoil.drills.run.Drill;
import dev.counterfoil.drills.run.DrillPlace;
import dev.counterfoil.drills.run.DrillReport;
import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.drills.run.Narrator;
import dev.counterfoil.drills.storm.Storm0558;
import dev.counterfoil.drills.theft.StolenKey;
import dev.counterfoil.drills.theft.StolenSigner;
import dev.counterfoil.drills.upgrade.Upgrade;
import dev.counterfoil.format.bytes.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Carries drills out, where the tools are installed. */
final class DrillTools {
  private DrillTools() {}

  /**
   * Programs that some drills run beside this distribution's.
   *
   * @param keycloak a Keycloak's folder
   * @param older an older distribution's
   */
  record Others(@Nullable Path keycloak, @Nullable Path older) {}

  static Integer call(@Nullable String name, Path folder, Others others, boolean json) {
    List<Drill> drills =
        List.of(
            new Storm0558(),
            new StolenKey(),
            new StolenSigner(),
            new LostHost(),
            new RewoundDisk(),
            new RewoundRegistrar(),
            new LeftDump(),
            new AuditTamper(),
            new Insider(),
            new DisclosureDrill(),
            new Rotation(strangers(), RotationPace.drill()),
            attach(others.keycloak()),
            new SignInDrill(),
            new Upgrade(Optional.ofNullable(others.older()), home()));
    if (name == null) {
      if (json) {
        JsonLine.print(list(drills));
      } else {
        System.out.println(text(drills));
      }
      return ExitCode.OK;
    }
    Drill drill =
        drills.stream()
            .filter(known -> known.name().equals(name))
            .findFirst()
            .orElseThrow(
                () ->
                    CommandFailure.environment(
                        "there is no drill "
                            + name
                            + ". To list the drills, run counterfoil drill"));
    Narrator narrator = json ? Narrator.silent() : new ConsoleNarrator(System.out);
    DrillReport report = DrillRun.carryOut(drill, narrator, DrillPlace.in(folder));
    if (json) {
      JsonLine.print(report.json());
    }
    return report.held() ? ExitCode.OK : ExitCode.NO;
  }

  private static JsonObject list(List<Drill> drills) {
    return JsonObject.builder()
        .put(
            "drills",
            drills.stream()
                .map(
                    drill ->
                        JsonObject.builder()
                            .put("name", drill.name())
                            .put("purpose", drill.purpose())
                            .build())
                .toList())
        .build();
  }

  private static String text(List<Drill> drills) {
    return drills.stream()
        .map(drill -> drill.name() + "\n  " + drill.purpose())
        .collect(Collectors.joining("\n"));
  }

  /** The jar lies beside the distribution's own programs, and Keycloak where it was fetched. */
  private static Attach attach(@Nullable Path keycloak) {
    Path own = Path.of(System.getProperty("counterfoil.home", "."), "keycloak");
    return new Attach(keycloak == null ? own : keycloak, own.resolve("counterfoil-keycloak.jar"));
  }

  /** Verifiers that we did not write lie among the tools. */
  private static Optional<Path> strangers() {
    return home().map(home -> home.resolve("tools").resolve("strangers"));
  }

  /** Where this distribution is; empty where the classes were started by themselves. */
  private static Optional<Path> home() {
    return Optional.ofNullable(System.getProperty("counterfoil.home")).map(Path::of);
  }
}
