package dev.counterfoil.cli;

import dev.counterfoil.cli.apply.ApplyYaml;
import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.cli.keycloak.KeycloakRealm;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes files for apply of what other products export. */
@Command(
    name = "import",
    mixinStandardHelpOptions = true,
    description = "Makes a file for counterfoil apply of what another product exports.",
    subcommands = ImportCommand.Keycloak.class)
final class ImportCommand {
  private ImportCommand() {}

  /** Of a realm export. */
  @Command(
      name = "keycloak",
      description = {
        "Prints the people, groups and clients of a Keycloak realm for counterfoil apply.",
        "What it does not take stands on standard error, with the reason. No client's secret is"
            + " taken, and nothing is changed here or there.",
        "With --passwords the file has the hashes of people's passwords (argon2, pbkdf2-sha256,"
            + " pbkdf2-sha512). They sign in as before, and at the first sign-in each hash gives way"
            + " to one of ours. Keep such a file as you keep the export, and delete both.",
        "To make the export, run Keycloak's kc.sh export --realm NAME --users same_file --file"
            + " FILE."
      })
  static final class Keycloak extends PrintingCommand {
    private static final int NOTE_MAX = 1_000;

    @Parameters(paramLabel = "FILE", description = "The realm export.")
    private Path file;

    @Option(
        names = "--tenant",
        paramLabel = "NAME",
        description = "The tenant that all of it belongs to here (default: the realm's name).")
    private @Nullable String tenant;

    @Option(names = "--passwords", description = "Take the hashes of people's passwords, too.")
    private boolean passwords;

    @Override
    public Integer call() throws IOException {
      KeycloakRealm realm;
      try (InputStream in = Files.newInputStream(file)) {
        realm =
            KeycloakRealm.read(
                in.readNBytes(KeycloakRealm.BYTES_MAX + 1), Optional.ofNullable(tenant));
      } catch (FormatException e) {
        throw CommandFailure.environment(file + " is no realm export: " + e.getMessage());
      }
      SortedSet<String> tenants = new TreeSet<>(Set.of(realm.tenant()));
      String yaml =
          ApplyYaml.of(
              realm.state(),
              Optional.of(tenants),
              passwords ? realm.passwords() : Collections.emptySortedMap());
      print(
          JsonObject.builder().put("file", yaml).put("notes", realm.notes()).build(),
          yaml.stripTrailing());
      if (!json) {
        System.err.println(
            "Took %d people, %d groups and %d clients of realm %s."
                .formatted(
                    realm.state().people().size(),
                    realm.state().groups().values().stream().mapToInt(Map::size).sum(),
                    realm.state().clients().size(),
                    PlainText.of(realm.name(), NOTE_MAX)));
        if (!passwords && !realm.passwords().isEmpty()) {
          System.err.println(
              "Passwords of %d people stay where they are. To take their hashes, add --passwords."
                  .formatted(realm.passwords().size()));
        }
        realm.notes().forEach(note -> System.err.println(PlainText.of(note, NOTE_MAX)));
      }
      return ExitCode.OK;
    }
  }
}
