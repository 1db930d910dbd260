package dev.counterfoil.cli.release;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.TlogProof;
import dev.counterfoil.log.EntryLog;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.read.LogProver;
import dev.counterfoil.log.read.LogReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Records a release in the log of releases, and signs its checksums. */
@Command(
    name = "sign",
    description = {
      "Records a release in the log of releases, and signs its checksums.",
      "It adds SHA256SUMS.note (a signed note) and SHA256SUMS.tlog-proof to the release. The first"
          + " run makes the two keys and the log. Publish the folder log of DIR, and"
          + " release-keys.txt, by which others check. A release that is recorded already keeps its"
          + " place.",
      "Exit code 0: signed and recorded; 1: a file is not as its checksum says."
    })
final class ReleaseSignCommand extends PrintingCommand {
  @Option(
      names = "--with",
      paramLabel = "DIR",
      required = true,
      description = "The folder of the keys and the log: private, kept, and backed up.")
  private Path with;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      defaultValue = "counterfoil.dev/releases",
      description = "The name of new keys (default: ${DEFAULT-VALUE}).")
  private String name;

  @Parameters(paramLabel = "RELEASE", description = "The folder that ./dev release made.")
  private Path folder;

  @Override
  public Integer call() throws IOException, GeneralSecurityException {
    if (!NoteKey.isName(logName())) {
      throw CommandFailure.environment(
          "the name of a key has no space, plus sign or control character, and at most 251"
              + " characters");
    }
    ReleaseFolder release = ReleaseFolder.read(folder);
    List<String> different = release.different();
    if (!different.isEmpty()) {
      System.err.println("NOT SIGNED  not as their checksum says: " + String.join(", ", different));
      return ExitCode.NO;
    }
    FileDisk keys = FileDisk.privateFolder(with);
    NoteSigner signer = ReleaseKeys.openOrMake(keys, "signer", name);
    NoteSigner logSigner = ReleaseKeys.openOrMake(keys, "log", logName());
    ReleaseKeys known = new ReleaseKeys(signer.key(), logSigner.key());
    Files.writeString(with.resolve(ReleaseKeys.FILE), known.text());
    // Recorded first: what is signed and in no log is not ours.
    TlogProof proof = record(release, logSigner);
    SignedNote note = SignedNote.sign(release.sums(), signer);
    Files.write(folder.resolve(ReleaseFolder.PROOF), proof.bytes());
    Files.write(folder.resolve(ReleaseFolder.NOTE), note.bytes());
    print(
        JsonObject.builder()
            .put("signed", true)
            .put("position", proof.index())
            .put("keys", with.resolve(ReleaseKeys.FILE).toString())
            .build(),
        """
        SIGNED  %d files, at position %d of %s
        To check it, run counterfoil release verify --keys %s %s"""
            .formatted(
                release.files().size(),
                proof.index(),
                logSigner.key().name(),
                with.resolve(ReleaseKeys.FILE),
                folder));
    return ExitCode.OK;
  }

  private String logName() {
    return name + "/log";
  }

  private TlogProof record(ReleaseFolder release, NoteSigner logSigner) throws IOException {
    Path published = with.resolve("log");
    byte[] entry = release.leaf().entry();
    try (EntryLog log =
        EntryLog.open(
            FileDisk.privateFolder(with.resolve("journal")),
            FileDisk.publicFolder(published),
            JournalOptions.STATEMENTS,
            logSigner,
            checkpoint -> List.of(),
            new SecureRandom())) {
      List<byte[]> recorded = new ArrayList<>();
      log.scan((position, one) -> recorded.add(one));
      long position = recorded.size();
      for (int at = 0; at < recorded.size(); at++) {
        if (Arrays.equals(recorded.get(at), entry)) {
          position = at;
          break;
        }
      }
      if (position == recorded.size() && log.append(List.of(entry)) != EntryLog.Outcome.PUBLISHED) {
        throw CommandFailure.environment(
            "the release was not published in the log " + published + ". Run the command again");
      }
      try (LogReader reader = new LogReader(FileDisk.toRead(published))) {
        return new LogProver(reader).inclusion(position, log.published().orElseThrow());
      }
    }
  }
}
