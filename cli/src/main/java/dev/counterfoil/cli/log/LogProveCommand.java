package dev.counterfoil.cli.log;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.cli.command.LogPlace;
import dev.counterfoil.cli.command.PolicyFile;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.cli.token.LoggedToken;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.TlogProof;
import dev.counterfoil.format.tree.InclusionProof;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.log.read.LogProver;
import dev.counterfoil.log.read.LogSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes the proof that a token is in its log. */
@Command(
    name = "prove",
    description = {
      "Writes the proof that a token is in its log (c2sp.org/tlog-proof).",
      "The proof uses the cosigned checkpoint if that covers the token. counterfoil"
          + " log verify-proof checks it without a network.",
      "Exit code 0: proved; 1: the log contains another leaf there, or does not reach"
          + " that position."
    })
final class LogProveCommand extends PrintingCommand {
  @Parameters(
      paramLabel = "TOKEN-FILE",
      description =
          "A file that contains the token, or - for standard input. Do not give the token"
              + " itself.")
  private String tokenFile;

  @Mixin private LogPlace place;

  @Option(
      names = "--from",
      paramLabel = LogPlace.LABEL,
      description =
          "The log: its URL at the authority or a custodian, its folder, or a copy"
              + " (default: at the policy's issuer).")
  private @Nullable String from;

  @Option(
      names = "--position",
      paramLabel = "N",
      description = "The token's position in the log (default: the one in the token's jti).")
  private @Nullable Long position;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "The file to write, such as token.tlog-proof (default: standard output).")
  private @Nullable Path out;

  @Override
  public Integer call() throws IOException {
    LoggedToken token = LoggedToken.read(tokenFile);
    try (LogPlace.Opened log = LogPlace.open(from(token))) {
      return prove(token, log);
    }
  }

  private String from(LoggedToken token) {
    if (from != null) {
      return from;
    }
    String issuer =
        place
            .policy()
            .flatMap(PolicyFile::trust)
            .orElseThrow(() -> CommandFailure.environment("where is the log? Name it with --from"))
            .issuer();
    String name =
        token
            .id()
            .orElseThrow(
                () ->
                    CommandFailure.environment(
                        "the token names no log of this domain. Name one with --from,"
                            + " and the position with --position"))
            .log();
    return issuer + "/logs/" + name;
  }

  private long position(LoggedToken token) {
    if (position != null) {
      return position;
    }
    return token
        .id()
        .orElseThrow(
            () ->
                CommandFailure.environment(
                    "the token names no position. Give the one where it was recorded"
                        + " with --position"))
        .position();
  }

  private int prove(LoggedToken token, LogPlace.Opened log) throws IOException {
    long at = position(token);
    TlogProof proof;
    Checkpoint covering;
    try {
      Optional<SignedNote> note = covering(log.source(), at);
      if (note.isEmpty()) {
        return no("the log at %s does not reach position %d yet".formatted(log.name(), at));
      }
      covering = Checkpoint.parse(note.get().text());
      proof = new LogProver(log.source()).inclusion(at, note.get());
    } catch (FormatException e) {
      throw CommandFailure.unavailable(
          "the checkpoint at " + log.name() + " is malformed: " + e.getMessage());
    } catch (IOException e) {
      throw CommandFailure.unavailable(
          "cannot read the log at " + log.name() + ": " + e.getMessage());
    }
    InclusionProof path = new InclusionProof(at, covering.size(), proof.path());
    if (!path.proves(token.leaf().hash(new TreeHasher()), covering.root())) {
      return no(
          holds(token, log, at, covering.size())
              ? "%s holds this token at position %d, but its stored hashes are damaged, so no proof can be made. Run counterfoil log check"
                  .formatted(covering.origin(), at)
              : "%s does not contain this token at position %d".formatted(covering.origin(), at));
    }
    write(proof, covering);
    return ExitCode.OK;
  }

  /** Whether the published entry is this token: then it is the path that is wrong. */
  private static boolean holds(LoggedToken token, LogPlace.Opened log, long at, long size) {
    try {
      return new LogProver(log.source()).leaf(at, size).equals(token.leaf());
    } catch (IOException e) {
      return false;
    }
  }

  /** The cosigned checkpoint where it covers the position, else the log's own where that does. */
  private static Optional<SignedNote> covering(LogSource source, long position)
      throws IOException, FormatException {
    List<byte[]> notes = new ArrayList<>();
    source.cosignedCheckpoint().ifPresent(notes::add);
    notes.add(source.checkpoint());
    for (byte[] bytes : notes) {
      SignedNote note = SignedNote.parse(bytes);
      if (Checkpoint.parse(note.text()).size() > position) {
        return Optional.of(note);
      }
    }
    return Optional.empty();
  }

  private int no(String why) {
    if (json) {
      JsonLine.print(JsonObject.builder().put("proved", false).put("reason", why).build());
    } else {
      System.err.println("NOT PROVED  " + why);
    }
    return ExitCode.NO;
  }

  private void write(TlogProof proof, Checkpoint covering) throws IOException {
    if (out != null) {
      Files.write(out, proof.bytes());
    }
    if (json) {
      JsonLine.print(
          JsonObject.builder()
              .put("proved", true)
              .put("origin", covering.origin())
              .put("position", proof.index())
              .put("size", covering.size())
              .put("signatures", proof.checkpoint().signatures().size())
              .put("proof", new String(proof.bytes(), StandardCharsets.UTF_8))
              .build());
    } else if (out == null) {
      System.out.write(proof.bytes());
      System.out.flush();
    } else {
      System.err.printf(
          "%s: position %d of %s, under its checkpoint of size %d (%d signatures)%n",
          out,
          proof.index(),
          covering.origin(),
          covering.size(),
          proof.checkpoint().signatures().size());
    }
  }
}
