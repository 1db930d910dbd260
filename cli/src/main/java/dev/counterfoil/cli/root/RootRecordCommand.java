package dev.counterfoil.cli.root;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.InstallationCommand;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.ceremony.Ceremony;
import dev.counterfoil.operations.OperatorClient;
import dev.counterfoil.operations.OperatorException;
import dev.counterfoil.signerprotocol.Commands;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Hands a ceremony to a running registrar. */
@Command(
    name = "record",
    description = {
      "Hands a complete ceremony to the domain's registrar.",
      "The registrar records all of it in the key log at once.",
      "You can instead put the file into the registrar's folder as ceremony.json."
    })
public final class RootRecordCommand extends InstallationCommand {
  @Parameters(paramLabel = "FILE", description = "The ceremony.")
  private Path file;

  @Override
  public Integer call() throws OperatorException, FormatException, InterruptedException {
    Ceremony ceremony = RootFiles.ceremony(file);
    JsonObject done =
        new OperatorClient(installation.context())
            .askRegistrar(Commands.takeCeremony(ceremony.forDomain(installation.domainName())));
    boolean changed = Boolean.TRUE.equals(done.get("changed"));
    print(
        JsonObject.builder().put("changed", changed).build(),
        changed ? "RECORDED" : "RECORDED ALREADY");
    return ExitCode.OK;
  }
}
