package dev.counterfoil.cli.audit;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.custodian.CustodianConfiguration;
import dev.counterfoil.custodian.CustodianMain;
import dev.counterfoil.custodian.CustodianProcess;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs a custodian by itself. */
@Command(
    name = "custodian",
    description = {
      "Runs a custodian, which holds every counterfoil of a domain on another host.",
      "It compares each counterfoil with its leaf and cosigns what it holds. After the"
          + " loss of the signer's host it can still prove every token.",
      "The first start creates its key and prints the public one, for the signer's"
          + " configuration. It serves until Ctrl-C.",
      "See docs/operate/custodian.md."
    },
    subcommands = CustodianShredCommand.class)
public final class CustodianCommand extends PrintingCommand {
  @Spec private CommandSpec spec;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "The custodian's configuration file. See docs/reference/configuration-processes.md.")
  private @Nullable Path configurationFile;

  @Override
  public Integer call() throws ConfigurationException, IOException, InterruptedException {
    if (configurationFile == null) {
      spec.commandLine().usage(spec.commandLine().getErr());
      return ExitCode.USAGE;
    }
    CustodianConfiguration configuration =
        Configuration.read(configurationFile, CustodianConfiguration.class);
    CustodianMain.serve(configuration, custodian -> show(configuration, custodian));
    return ExitCode.OK;
  }

  private void show(CustodianConfiguration configuration, CustodianProcess custodian) {
    String url = "http://" + configuration.listen().host() + ":" + custodian.port();
    if (json) {
      JsonLine.print(
          JsonObject.builder().put("url", url).put("vkey", custodian.key().toString()).build());
      return;
    }
    System.out.println("The custodian serves what it holds at " + url);
    System.out.println("Its key, for the signers whose logs it holds:");
    System.out.println("  " + custodian.key());
  }
}
