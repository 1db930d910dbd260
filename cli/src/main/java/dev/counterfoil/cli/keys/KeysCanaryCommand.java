package dev.counterfoil.cli.keys;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.FetchedKeys;
import dev.counterfoil.cli.command.InstallationCommand;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.cli.command.MonitorCommand;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.JwksMaxAge;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.operations.OperatorClient;
import dev.counterfoil.operations.OperatorException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Decoy keys. */
@Command(
    name = "canary",
    mixinStandardHelpOptions = true,
    description = {
      "Makes and lists decoy keys, which show where an attacker has been.",
      "In the key log a decoy looks like any withdrawn key. It is in no JWKS, no"
          + " signer has it, and only the monitor knows what it is."
    },
    subcommands = {KeysCanaryCommand.Create.class, KeysCanaryCommand.ListCanaries.class})
final class KeysCanaryCommand {
  private KeysCanaryCommand() {}

  /** Makes a decoy, tells the monitor, and has it stated. */
  @Command(
      name = "create",
      description = {
        "Makes a decoy key and writes its private half to a file for you to plant.",
        "The file is deliberately not encrypted. When a service reports any use of the"
            + " key, the monitor raises a finding of kind canary-key-used."
      })
  static final class Create extends InstallationCommand {
    @Option(
        names = "--out",
        required = true,
        paramLabel = "FILE",
        description = "The file for the private half. It must not exist yet.")
    private Path out;

    @Option(
        names = "--note",
        paramLabel = "TEXT",
        defaultValue = "",
        description = "Where you plant it. The finding repeats this text.")
    private String note;

    @Override
    public Integer call() throws InterruptedException {
      KeyStatement model = model(FetchedKeys.fetch(installation.policy()));
      boolean made = false;
      boolean stated = false;
      try {
        PublicJwk key = DecoyKeyThatLeaves.makeAndLetGo(out);
        made = true;
        // The monitor first: a decoy that is stated and not watched would catch nobody.
        installation.monitorAdmin().watchCanary(installation.domainName(), key.thumbprint(), note);
        new OperatorClient(installation.context()).stateWithdrawn(like(model, key));
        stated = true;
        print(
            JsonObject.builder().put("kid", key.thumbprint()).put("file", out.toString()).build(),
            ("Decoy %s%n  private half in %s. Plant it, and keep no other copy%n"
                    + "  any use that a service reports becomes a finding of kind"
                    + " canary-key-used")
                .formatted(key.thumbprint(), out));
        return ExitCode.OK;
      } catch (IOException | GeneralSecurityException e) {
        throw CommandFailure.environment("no decoy was made: " + e);
      } catch (OperatorException e) {
        throw CommandFailure.unavailable("no decoy was made: " + e.getMessage());
      } finally {
        if (made && !stated) {
          delete(out);
        }
      }
    }

    private static void delete(Path file) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        System.err.println("Warning: delete " + file + " yourself: " + e.getMessage());
      }
    }

    /** The newest real key: the decoy has its scope, and a window as long. */
    private static KeyStatement model(KeySet keys) {
      List<String> ended = keys.endedLogs().stream().map(KeySet.EndedLog::log).toList();
      return keys.keys().stream()
          .filter(key -> key.log().filter(log -> !ended.contains(log)).isPresent())
          .max(Comparator.comparing(KeyStatement::activeFrom))
          .orElseThrow(
              () ->
                  CommandFailure.environment(
                      "there is no key that a decoy could imitate. Wait for the signer"));
    }

    /** A key to come: one that could sign already would have had to be stated before. */
    private static KeyStatement like(KeyStatement model, PublicJwk key) {
      Instant from =
          InstantSource.system()
              .instant()
              .truncatedTo(ChronoUnit.SECONDS)
              .plus(model.successorLead())
              .plus(JwksMaxAge.CLOCKS);
      Instant until = from.plus(Duration.between(model.activeFrom(), model.activeUntil()));
      return model.toBuilder()
          .jwk(key)
          .active(from, until)
          .verifyUntil(until.plus(Duration.between(model.activeUntil(), model.verifyUntil())))
          .build();
    }
  }

  /** Lists them. */
  @Command(
      name = "list",
      description = {
        "Lists the decoys, and whether verifiers still recognise them.",
        "Verifiers remember a withdrawn key's statement until 30 days after its tokens"
            + " would have expired. Plant another decoy before then."
      })
  static final class ListCanaries extends MonitorCommand {
    @Override
    protected int ask() throws IOException, FormatException {
      List<JsonObject> canaries = new ArrayList<>();
      installation.monitorAdmin().canaries(installation.domainName(), canaries::add);
      KeySet keys = FetchedKeys.fetch(installation.policy());
      Map<String, KeyStatement> known =
          keys.withdrawnStatements().stream()
              .collect(Collectors.toMap(KeyStatement::kid, Function.identity()));
      if (json) {
        JsonLine.print(JsonObject.builder().put("canaries", canaries).build());
      } else if (canaries.isEmpty()) {
        System.out.println("No decoys.");
      } else {
        for (JsonObject canary : canaries) {
          System.out.printf(
              "%s  made %s  %s  %s%n",
              canary.string("kid"),
              Instant.ofEpochMilli(canary.number("made_ms")),
              known.containsKey(canary.string("kid"))
                  ? "recognised"
                  : "NOT RECOGNISED any more. Plant another one",
              canary.string("note"));
        }
      }
      return ExitCode.OK;
    }
  }
}
