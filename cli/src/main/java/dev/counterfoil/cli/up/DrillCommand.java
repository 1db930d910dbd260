package dev.counterfoil.cli.up;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.PrintingCommand;
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
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Proves a promise on this machine. */
@Command(
    name = "drill",
    description = {
      "Proves a promise on this machine, in a throwaway installation.",
      "It states its expectations before the drill, and the outcomes after it.",
      "Without a name it lists the drills. Exit code 0: every expectation was met; 1:"
          + " one was not."
    })
public final class DrillCommand extends PrintingCommand {
  @Parameters(arity = "0..1", paramLabel = "NAME", description = "The drill.")
  private @Nullable String name;

  @Option(
      names = "--folder",
      paramLabel = "DIR",
      defaultValue = "/tmp",
      description =
          "Where the drill creates its own folder, and deletes it afterwards (default:"
              + " ${DEFAULT-VALUE}). Keep it short, because paths of sockets are below it.")
  private Path folder;

  @Option(
      names = "--keycloak",
      paramLabel = "DIR",
      description =
          "For attach: the folder of an unpacked Keycloak, which is only read (default: the one in"
              + " keycloak/ of the distribution).")
  private @Nullable Path keycloak;

  @Override
  public Integer call() {
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
            attach(),
            new SignInDrill());
    if (name == null) {
      for (Drill drill : drills) {
        System.out.println(drill.name() + "\n  " + drill.purpose());
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
      System.out.println(report.json());
    }
    return report.held() ? ExitCode.OK : ExitCode.NO;
  }

  /** The jar lies beside the distribution's own programs, and Keycloak where it was fetched. */
  private Attach attach() {
    Path own = Path.of(System.getProperty("counterfoil.home", "."), "keycloak");
    return new Attach(keycloak == null ? own : keycloak, own.resolve("counterfoil-keycloak.jar"));
  }

  /** Verifiers that we did not write lie beside the distribution's own programs. */
  private static Optional<Path> strangers() {
    return Optional.ofNullable(System.getProperty("counterfoil.home"))
        .map(home -> Path.of(home, "strangers"));
  }
}
