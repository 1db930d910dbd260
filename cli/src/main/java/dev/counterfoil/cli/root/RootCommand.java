package dev.counterfoil.cli.root;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.ceremony.Ceremony;
import dev.counterfoil.format.keys.StatementSigner;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.root.RootMetadata;
import dev.counterfoil.registrar.root.RootHolder;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The root: its holders' keys and their ceremonies. */
@Command(
    name = "root",
    mixinStandardHelpOptions = true,
    description = {
      "Creates a root of several holders, delegates, rotates and recovers it.",
      "Every command except record and statement-key works offline: files in, files"
          + " out. docs/operate/root.md describes a ceremony step by step."
    },
    subcommands = {
      RootCommand.Key.class,
      RootCommand.Init.class,
      RootCommand.Delegate.class,
      RootCommand.Sign.class,
      RootCommand.Show.class,
      RootRotateCommand.class,
      RootRecoverCommand.class,
      RootRecordCommand.class,
      RootStatementKeyCommand.class
    })
public final class RootCommand {
  private RootCommand() {}

  /** Makes a holder's key. */
  @Command(
      name = "key",
      description = {
        "Creates a holder's key, on the holder's own machine.",
        "The private half stays there, encrypted with the holder's passphrase. The"
            + " holder hands root-key.pub to the others."
      })
  static final class Key extends PrintingCommand {
    @Option(
        names = "--folder",
        paramLabel = "DIR",
        required = true,
        description = "The holder's own folder.")
    private Path folder;

    @Option(
        names = "--holder",
        paramLabel = "NAME",
        required = true,
        description = "The holder's name, as it will appear in the root.")
    private String holder;

    @Mixin private PassphraseOption passphrase;

    @Override
    public Integer call() {
      if (!NoteKey.isName(holder) || holder.length() > RootMetadata.HOLDER_LENGTH_MAX) {
        throw CommandFailure.environment(
            "a holder's name has 1 to 64 characters, no space and no plus sign");
      }
      try {
        NoteKey key = RootHolder.make(folder, holder, passphrase.read(true), RootHolder.ROUNDS);
        print(
            JsonObject.builder()
                .put("holder", holder)
                .put("vkey", key.toString())
                .put("file", folder.resolve(RootHolder.PUBLIC_FILE).toString())
                .build(),
            ("%s%nHand %s to the person who prepares the ceremony, and read this"
                    + " line to that person. Keep the folder and the passphrase apart and"
                    + " offline.")
                .formatted(key, folder.resolve(RootHolder.PUBLIC_FILE)));
        return ExitCode.OK;
      } catch (IOException | GeneralSecurityException e) {
        throw CommandFailure.environment(String.valueOf(e.getMessage()));
      }
    }
  }

  /** Prepares the first version of a root. */
  @Command(
      name = "init",
      description = {
        "Prepares a new root of the holders' public keys, unsigned.",
        "It also prepares what the root delegates to the registrars that ask.",
        "Nothing secret is needed. Put the line that it prints into registrar.yaml"
            + " (root), or into the configuration of up (root-pin), and into policies."
      })
  static final class Init extends PrintingCommand {
    @Mixin private RootPlan plan;

    @Option(
        names = "--key",
        paramLabel = "FILE",
        required = true,
        description = "A holder's root-key.pub. Repeat it for each holder.")
    private List<Path> keys = new ArrayList<>();

    @Option(
        names = "--threshold",
        paramLabel = "K",
        required = true,
        description = "How many holders must sign.")
    private int threshold;

    @Mixin private RootExpiry expiry;

    @Override
    public Integer call() {
      Instant now = plan.now();
      try {
        RootMetadata root =
            RootMetadata.first(RootFiles.publicKeys(keys), threshold, now, expiry.from(now));
        int code = plan.write(plan.delegating(Ceremony.of(root), root), json);
        if (!json) {
          System.out.printf("registrar.yaml: root: \"%s\"%n", root.pin());
          System.out.printf("for up:         root-pin: \"%s\"%n", root.pin());
          System.out.printf("Policy line:    root %s%n", root.pin());
        }
        return code;
      } catch (IllegalArgumentException e) {
        throw CommandFailure.environment(String.valueOf(e.getMessage()));
      }
    }
  }

  /** Prepares delegations of the root that there is. */
  @Command(
      name = "delegate",
      description = "Prepares the next windows of a registrar's root, a year ahead, to be signed.")
  static final class Delegate extends PrintingCommand {
    @Mixin private RootPlan plan;

    @Override
    public Integer call() {
      Ceremony ceremony = new Ceremony(plan.roots(), List.of());
      return plan.write(plan.delegating(ceremony, RootPlan.root(plan.roots())), json);
    }
  }

  /** Adds a holder's signatures. */
  @Command(
      name = "sign",
      description = {
        "Shows a ceremony and adds a holder's signature.",
        "It signs everything that the holder may sign.",
        "--with merges two copies that were signed separately."
      })
  static final class Sign extends PrintingCommand {
    @Parameters(paramLabel = "FILE", description = "The ceremony. It is signed in place.")
    private Path file;

    @Option(
        names = "--holder",
        paramLabel = "DIR",
        description = "The holder's folder, which contains the key.")
    private @Nullable Path holder;

    @Option(
        names = "--with",
        paramLabel = "FILE",
        description = "A copy that others signed. Its signatures are added.")
    private @Nullable Path copy;

    @Mixin private PassphraseOption passphrase;

    @Override
    public Integer call() {
      Ceremony ceremony = RootFiles.ceremony(file);
      if (holder == null && copy == null) {
        throw CommandFailure.environment("name whose signature to add, with --holder or --with");
      }
      try {
        if (copy != null) {
          ceremony = ceremony.with(RootFiles.ceremony(copy));
        }
        Ceremony.Checked before = CeremonyText.checked(ceremony);
        if (holder != null) {
          if (!json) {
            // A holder signs what he has read, and not what somebody says that it is.
            System.out.print(CeremonyText.words(before));
          }
          StatementSigner signer = RootHolder.open(holder, passphrase.read(false)).statements();
          ceremony = ceremony.signedBy(signer);
        }
        Ceremony.Checked after = CeremonyText.checked(ceremony);
        RootFiles.write(file, ceremony);
        if (json) {
          JsonLine.print(CeremonyText.json(after));
        } else {
          System.out.print("\nSIGNED\n" + CeremonyText.missing(after));
        }
        return ExitCode.OK;
      } catch (FormatException | IOException | GeneralSecurityException e) {
        throw CommandFailure.environment(String.valueOf(e.getMessage()));
      }
    }
  }

  /** Shows what is signed. */
  @Command(
      name = "show",
      description = {
        "Explains what a ceremony's holders sign, and who has not signed yet.",
        "Exit code 0: it is complete; 1: signatures are missing."
      })
  static final class Show extends PrintingCommand {
    @Parameters(paramLabel = "FILE", description = "The ceremony.")
    private Path file;

    @Override
    public Integer call() {
      Ceremony.Checked checked = CeremonyText.checked(RootFiles.ceremony(file));
      if (json) {
        JsonLine.print(CeremonyText.json(checked));
      } else {
        System.out.print(CeremonyText.words(checked));
      }
      return checked.missing().isEmpty() ? ExitCode.OK : ExitCode.NO;
    }
  }
}
