package dev.counterfoil.cli.log;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.cli.command.PolicyFile;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.cli.token.LoggedToken;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.CosignedBy;
import dev.counterfoil.format.policy.LogPolicy;
import dev.counterfoil.format.policy.TlogProof;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Checks a token's proof from a policy file alone. */
@Command(
    name = "verify-proof",
    description = {
      "Checks that a token is in a log, from a policy and a proof file alone.",
      "It needs no network and no installation.",
      "The policy lists the log's key, and the witnesses and the quorum that must have cosigned.",
      "It does not check the token's own signature, times or audience. counterfoil verify does.",
      "Exit code 0: proved; 1: not proved, with the reason."
    })
final class LogVerifyProofCommand extends PrintingCommand {
  @Option(
      names = "--policy",
      paramLabel = "POLICY",
      required = true,
      description = "A trust policy with a log line, or a plain tlog-policy.")
  private Path policyFile;

  @Parameters(
      index = "0",
      paramLabel = "TOKEN-FILE",
      description =
          "A file that contains the token, or - for standard input. Do not give the token"
              + " itself.")
  private String tokenFile;

  @Parameters(index = "1", paramLabel = "PROOF-FILE", description = "A tlog-proof.")
  private Path proofFile;

  @Override
  public Integer call() {
    LogPolicy policy = PolicyFile.read(policyFile).logs();
    if (policy.logs().isEmpty()) {
      throw CommandFailure.environment(
          policyFile
              + " lists no log. Add the line \"log VKEY\"; counterfoil log policy writes"
              + " such a file");
    }
    LoggedToken token = LoggedToken.read(tokenFile);
    try {
      TlogProof proof = TlogProof.parse(read(proofFile));
      Checkpoint covering = proof.verify(token.leaf(), policy);
      checkPlace(token, proof, covering);
      say(proof, covering, policy.cosigned(proof.checkpoint()));
      return ExitCode.OK;
    } catch (FormatException e) {
      print(
          JsonObject.builder().put("proved", false).put("reason", e.getMessage()).build(),
          "NOT PROVED  " + e.getMessage());
      return ExitCode.NO;
    }
  }

  private static byte[] read(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(SignedNote.BYTES_MAX + 1);
    } catch (IOException e) {
      throw CommandFailure.environment("cannot read the proof " + file);
    }
  }

  private static void checkPlace(LoggedToken token, TlogProof proof, Checkpoint covering)
      throws FormatException {
    // A thief may have had a token recorded again elsewhere; the one that was issued says where.
    if (!token.isOf(covering.origin())
        || token.id().map(id -> id.position() != proof.index()).orElse(false)) {
      throw new FormatException(
          "the log contains this token at position %d of %s, but the token names %s"
              .formatted(proof.index(), covering.origin(), token.id().orElseThrow()));
    }
  }

  private void say(TlogProof proof, Checkpoint covering, CosignedBy cosigned) {
    List<String> witnesses = cosigned.names().stream().sorted().toList();
    if (json) {
      JsonObject.Builder answer =
          JsonObject.builder()
              .put("proved", true)
              .put("origin", covering.origin())
              .put("position", proof.index())
              .put("size", covering.size())
              .put("root", covering.root().base64())
              .put("witnesses", witnesses);
      cosigned.quorumTimestamp().ifPresent(seconds -> answer.put("cosigned_at", seconds));
      JsonLine.print(answer.build());
      return;
    }
    System.out.printf(
        "PROVED  position %d of %s%n  under the checkpoint of size %d, root %s%n",
        proof.index(), covering.origin(), covering.size(), covering.root().base64());
    if (witnesses.isEmpty()) {
      System.out.println("  signed by the log; the policy requires no cosignature");
    } else {
      System.out.printf(
          "  cosigned by %s%s%n",
          String.join(", ", witnesses),
          cosigned.quorumTimestamp().isPresent()
              ? ", the quorum by " + Instant.ofEpochSecond(cosigned.quorumTimestamp().getAsLong())
              : "");
    }
  }
}
