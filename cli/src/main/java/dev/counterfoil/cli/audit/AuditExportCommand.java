package dev.counterfoil.cli.audit;

import dev.counterfoil.cli.audit.reading.AuditReadingCommand;
import dev.counterfoil.cli.audit.reading.LostAuditLog;
import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.custodian.check.IssuedBundle;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Exports events with their proofs. */
@Command(
    name = "export",
    description = {
      "Writes a tenant's events with their proofs into a file.",
      "The options select events as in audit search. Without any, the export has all"
          + " of them. The file is a bundle: events, salts, inclusion proofs, one"
          + " checkpoint, policy, schema. To check it, run counterfoil audit verify.",
      "Issued tokens are included with their counterfoils, under their logs.",
      "A bundle without such options also proves that it is complete: the log's key"
          + " states how many events the tenant has.",
      "Exit code 0: written; 1: written, and the audit log is not the one that the key log"
          + " states, or INCOMPLETE: the custodian does not hold all counterfoils that a log"
          + " published. The file has what is here."
    })
final class AuditExportCommand extends AuditReadingCommand {
  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "The file to write; it must not exist yet.")
  private Path file;

  @Option(
      names = "--since",
      paramLabel = "SIZES",
      defaultValue = "0",
      description =
          "Only what came after these sizes of the logs, which the check of the last"
              + " bundle prints. The bundle proves that nothing between the two is missing.")
  private String since;

  @Override
  protected int ask() throws IOException, FormatException, InterruptedException {
    try {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    } catch (FileAlreadyExistsException e) {
      throw CommandFailure.environment(file + " exists already. Name another file");
    } catch (IOException e) {
      throw CommandFailure.environment("cannot write " + file + ": " + e.getMessage());
    }
    boolean whole = false;
    List<String> lost;
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      lost = events().lost();
      events().export(options.query(null, 0), since, out);
      whole = true;
    } finally {
      if (!whole) {
        delete();
      }
    }
    print(
        JsonObject.builder().put("written", file.toString()).build(),
        "Written to "
            + file
            + ", which only you can read. To check it, run: counterfoil audit verify "
            + file);
    List<String> incomplete;
    try (BufferedReader lines = Files.newBufferedReader(file)) {
      incomplete = IssuedBundle.incomplete(lines);
    }
    incomplete.forEach(one -> System.err.println(PlainText.of(one, 400) + "."));
    return LostAuditLog.warn(lost, incomplete.isEmpty() ? ExitCode.OK : ExitCode.NO);
  }

  private void delete() {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      System.err.println("Error: " + file + " is incomplete, and cannot be deleted");
    }
  }
}
