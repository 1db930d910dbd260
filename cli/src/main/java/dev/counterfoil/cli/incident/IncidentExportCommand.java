package dev.counterfoil.cli.incident;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.MonitorCommand;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyCeiling;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Exports an incident with its proofs. */
@Command(
    name = "export",
    description = {
      "Writes an incident and its audit events into a folder, with their proofs.",
      "incident.json is what incident show says. findings.bundle proves which findings the monitor"
          + " recorded, and tenant-NAME.bundle the events and issued tokens of each tenant that was"
          + " touched, from an hour before the first finding to an hour after the last.",
      "indicators.stix.json is STIX 2.1 for those who look for the same: addresses, tokens and keys"
          + " of the incident. It names no person.",
      "To check a bundle on another machine, which needs the trust policy alone: counterfoil audit"
          + " verify FILE."
    })
final class IncidentExportCommand extends MonitorCommand {
  private static final Duration AROUND = Duration.ofHours(1);
  private static final String DETECTION_FINDING = "2004";

  @Parameters(index = "0", paramLabel = "ID", description = "The incident's number.")
  private long id;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FOLDER",
      description = "The folder to write; it must not exist yet.")
  private Path folder;

  @Override
  protected int ask() throws IOException, FormatException {
    List<JsonObject> lines = new ArrayList<>();
    installation.monitorAdmin().incident(id, lines::add);
    JsonObject incident = lines.getFirst();
    try {
      Files.createDirectory(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (FileAlreadyExistsException e) {
      throw CommandFailure.environment(folder + " exists already. Name another folder");
    }
    String domain = incident.string("domain");
    JsonObject time =
        JsonObject.builder()
            .put("from", Long.toString(incident.number("first_seen_ms") - AROUND.toMillis()))
            .put("to", Long.toString(incident.number("last_seen_ms") + AROUND.toMillis()))
            .build();
    List<String> files =
        new ArrayList<>(List.of("incident.json", "findings.bundle", "indicators.stix.json"));
    Files.writeString(folder.resolve("incident.json"), incident + "\n");
    Files.writeString(folder.resolve("indicators.stix.json"), StixBundle.of(incident) + "\n");
    export("findings.bundle", domain, KeyCeiling.OWN_TENANT, time.with("class", DETECTION_FINDING));
    Set<String> tenants = new LinkedHashSet<>(incident.object("touched").strings("tenants"));
    tenants.remove(KeyCeiling.OWN_TENANT);
    for (String tenant : tenants) {
      String file = "tenant-" + fileName(tenant) + ".bundle";
      export(file, domain, tenant, time);
      files.add(file);
    }
    print(
        JsonObject.builder().put("written", folder.toString()).put("files", files).build(),
        "Written to "
            + folder
            + ", which only you can read: "
            + String.join(", ", files)
            + ". To check a bundle, run: counterfoil audit verify "
            + folder.resolve("findings.bundle"));
    return ExitCode.OK;
  }

  private void export(String file, String domain, String tenant, JsonObject query)
      throws IOException {
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(folder.resolve(file)))) {
      installation
          .monitorAdmin()
          .auditExport(
              domain,
              tenant,
              query,
              "0",
              line -> {
                if (line.get("bundle_line") instanceof String text) {
                  out.write((text + "\n").getBytes(StandardCharsets.UTF_8));
                }
              });
    }
  }

  /** A token that was made up can name any tenant. */
  private static String fileName(String tenant) {
    return tenant.matches("[A-Za-z0-9_-]{1,64}")
        ? tenant
        : Hash.sha256(tenant.getBytes(StandardCharsets.UTF_8)).hex().substring(0, 16);
  }
}
