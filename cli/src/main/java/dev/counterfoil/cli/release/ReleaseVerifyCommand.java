package dev.counterfoil.cli.release;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.TlogProof;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Checks a release: its files, the signature, and its place in the log of releases. */
@Command(
    name = "verify",
    description = {
      "Checks that a release is whole, signed by us, and in the log of releases.",
      "A file in its folder that nobody signed is refused.",
      "It needs no network. Take release-keys.txt from a place that is not the release's own.",
      "Exit code 0: it is ours; 1: it is not, with the reason."
    })
final class ReleaseVerifyCommand extends PrintingCommand {
  /** Most files that nobody signed which are named. */
  private static final int UNSIGNED_MAX = 20;

  private static final int NAMES_MAX = 2_000;

  @Option(
      names = "--keys",
      paramLabel = "FILE",
      required = true,
      description = "The public keys of releases, release-keys.txt.")
  private Path keysFile;

  @Parameters(paramLabel = "RELEASE", description = "The folder with the release's files.")
  private Path folder;

  @Override
  public Integer call() throws IOException {
    ReleaseKeys keys = keys();
    ReleaseFolder release = ReleaseFolder.read(folder);
    try {
      Checkpoint covering = check(release, keys);
      print(
          JsonObject.builder()
              .put("verified", true)
              .put("files", release.files().stream().map(ReleaseFolder.Sum::name).toList())
              .put("log", covering.origin())
              .put("size", covering.size())
              .build(),
          "VERIFIED  %d files, signed by %s, in %s of size %d"
              .formatted(
                  release.files().size(),
                  keys.signer().name(),
                  covering.origin(),
                  covering.size()));
      return ExitCode.OK;
    } catch (FormatException e) {
      print(
          JsonObject.builder().put("verified", false).put("reason", e.getMessage()).build(),
          "NOT OURS  " + e.getMessage());
      return ExitCode.NO;
    }
  }

  private ReleaseKeys keys() {
    byte[] bytes = ReleaseFolder.read(keysFile, ReleaseKeys.BYTES_MAX);
    try {
      return ReleaseKeys.parse(new String(bytes, StandardCharsets.UTF_8));
    } catch (FormatException e) {
      throw CommandFailure.environment(keysFile + " has no release keys: " + e.getMessage());
    }
  }

  private Checkpoint check(ReleaseFolder release, ReleaseKeys keys)
      throws FormatException, IOException {
    SignedNote note =
        SignedNote.parse(
            ReleaseFolder.read(folder.resolve(ReleaseFolder.NOTE), SignedNote.BYTES_MAX));
    if (!note.text().equals(release.sums())) {
      throw new FormatException("the signature is of other checksums than SHA256SUMS");
    }
    if (!note.isSignedBy(keys.signer())) {
      throw new FormatException("the checksums are not signed by " + keys.signer().name());
    }
    Checkpoint covering =
        TlogProof.parse(
                ReleaseFolder.read(folder.resolve(ReleaseFolder.PROOF), SignedNote.BYTES_MAX))
            .verify(release.leaf(), keys.log());
    List<String> different = release.different();
    if (!different.isEmpty()) {
      throw new FormatException("not as their checksum says: " + String.join(", ", different));
    }
    List<String> unsigned = release.unsigned(UNSIGNED_MAX);
    if (!unsigned.isEmpty()) {
      throw new FormatException(
          "nobody signed these, so delete them or move them away: "
              + PlainText.of(String.join(", ", unsigned), NAMES_MAX));
    }
    return covering;
  }
}
