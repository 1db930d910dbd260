package dev.counterfoil.cli;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.witness.Witness;
import dev.counterfoil.witness.WitnessConfiguration;
import dev.counterfoil.witness.WitnessMain;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs a witness for logs, ours and others'. */
@Command(
    name = "witness",
    description = {
      "Runs a witness (c2sp.org/tlog-witness), which cosigns checkpoints of logs.",
      "It cosigns a checkpoint of a listed log only if it extends the one before. So"
          + " no log can show two histories unnoticed. The first start creates its keys and"
          + " prints the public ones, for policies to name. It serves until Ctrl-C.",
      "See docs/operate/witness.md."
    })
final class WitnessCommand extends PrintingCommand {
  @Option(
      names = "--config",
      required = true,
      paramLabel = "FILE",
      description =
          "The witness's configuration file. See docs/reference/configuration-processes.md.")
  private Path configurationFile;

  @Override
  public Integer call() throws ConfigurationException, IOException, InterruptedException {
    WitnessConfiguration configuration =
        Configuration.read(configurationFile, WitnessConfiguration.class);
    WitnessMain.serve(configuration, witness -> show(configuration, witness));
    return ExitCode.OK;
  }

  private void show(WitnessConfiguration configuration, Witness witness) {
    String url = "http://" + configuration.listen().host() + ":" + witness.port();
    if (json) {
      JsonLine.print(
          JsonObject.builder()
              .put("url", url)
              .put("vkeys", witness.keys().stream().map(CosignerKey::toString).toList())
              .put("logs", witness.logCount())
              .build());
      return;
    }
    System.out.println("The witness cosigns for " + witness.logCount() + " log keys at " + url);
    System.out.println("Its keys, for the policies that trust it:");
    witness.keys().forEach(key -> System.out.println("  " + key));
  }
}
