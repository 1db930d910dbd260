package dev.counterfoil.cli.disclosure;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.disclosure.desk.DisclosureConfiguration;
import dev.counterfoil.disclosure.desk.DisclosureMain;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs the process. */
@Command(
    name = "run",
    description = {
      "Runs the disclosure process.",
      "The first start creates its keys and prints its log's public key, for witnesses. It serves"
          + " until Ctrl-C.",
      "See docs/operate/disclosure.md."
    })
final class DisclosureRunCommand extends PrintingCommand {
  @Option(
      names = "--config",
      required = true,
      paramLabel = "FILE",
      description = "The configuration file. See docs/reference/configuration-processes.md.")
  private Path configurationFile;

  @Override
  public Integer call() throws ConfigurationException, IOException, InterruptedException {
    DisclosureConfiguration configuration =
        Configuration.read(configurationFile, DisclosureConfiguration.class);
    DisclosureMain.serve(
        configuration,
        process ->
            print(
                JsonObject.builder().put("log", process.logKey().toString()).build(),
                "The disclosure process serves. Its log's key, for witnesses: "
                    + process.logKey()));
    return ExitCode.OK;
  }
}
