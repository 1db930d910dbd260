package dev.counterfoil.cli.up;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.PrintingCommand;
import java.nio.file.Files;
import java.nio.file.Path;
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

  @Option(
      names = "--from",
      paramLabel = "FOLDER",
      description =
          "For upgrade: the folder of an unpacked older distribution, whose programs run on the"
              + " throwaway folder before and after this one's.")
  private @Nullable Path from;

  @Override
  public Integer call() {
    requireTools();
    return DrillTools.call(name, folder, new DrillTools.Others(keycloak, from), json);
  }

  /** Of this class's own methods none names a class of the drills, which may be missing. */
  private static void requireTools() {
    String home = System.getProperty("counterfoil.home");
    if (home != null && !Files.isDirectory(Path.of(home, "tools", "lib"))) {
      throw CommandFailure.environment(
          ("drills are tools, and no part of the servers' package. On Debian run"
                  + " sudo apt install ./counterfoil-tools_*.deb, else unpack"
                  + " counterfoil-tools-*.tar.gz beside %s")
              .formatted(home));
    }
  }
}
