package dev.counterfoil.format.keylog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.GroupHandle;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignatureSigner;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.note.SignedNote.NoteSignature;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.TreeHasher;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Heads that name the open revocation log, from the files in {@code vectors/revocations} as any
 * language would read them. {@code -Dcounterfoil.vectors.write=true} writes the files anew.
 */
class RevocationVectorsTest {
  private static final Path FOLDER = Path.of("..", "vectors", "revocations");
  private static final int BYTES_MAX = 1024 * 1024;
  private static final Instant NOW = Samples.NOW;
  private static final String ORIGIN = "login.example/enterprise/logs/keys";

  private record Case(
      String name, String comment, String expect, NoteKey key, SignedNote head, List<byte[]> of) {
    String text() {
      return JsonObject.builder()
              .put("comment", comment)
              .put("vkey", key.toString())
              .put("head", new String(head.bytes(), StandardCharsets.UTF_8))
              .put(
                  "entries",
                  of.stream().map(entry -> new String(entry, StandardCharsets.US_ASCII)).toList())
              .put("expect", expect)
              .build()
              .toString()
              .replace("\",\"", "\",\n\"")
          + "\n";
    }
  }

  private static NoteSigner signer(Samples.Signer of) {
    return new NoteSigner() {
      @Override
      public NoteKey key() {
        return of.noteKey(ORIGIN);
      }

      @Override
      public byte[] sign(byte[] message) throws GeneralSecurityException {
        return of.sign(message);
      }
    };
  }

  private static List<Case> cases() throws Exception {
    Samples.Signer key = new Samples.Signer("key log of revocations");
    NoteSigner log = signer(key);
    GroupHandle group = GroupHandle.parse("WTVnT8fsOGR3U3WlG-FbUA");
    List<byte[]> entries =
        List.of(
            KeyLogEntry.of(new KeyLogEvent.TokenRevoked("s1g1", 17, NOW.plusSeconds(900)), NOW),
            KeyLogEntry.of(
                new KeyLogEvent.GroupRevoked(group, NOW.plusSeconds(10), NOW.plusSeconds(3_910)),
                NOW));
    MerkleFrontier tree = new MerkleFrontier();
    entries.forEach(entry -> tree.append(new TreeHasher().leaf(entry)));
    RevocationTip tip = new RevocationTip(3, 2, tree.root(), NOW);
    SignedNote plain = new Checkpoint(ORIGIN, 9, Hash.sha256()).sign(log);
    SignedNote timed =
        plain.with(
            List.of(
                Cosignature.make(
                        plain.text(),
                        NOW.getEpochSecond(),
                        new CosignatureSigner() {
                          @Override
                          public CosignerKey key() {
                            return KeyLogHead.cosignerKey(log.key());
                          }

                          @Override
                          public byte[] sign(byte[] message) throws GeneralSecurityException {
                            return key.sign(message);
                          }
                        })
                    .line()));
    NoteSignature line = tip.sign(plain.text(), log);
    NoteSignature larger = new RevocationTip(3, 3, tree.root(), NOW).sign(plain.text(), log);
    List<Case> cases = new ArrayList<>();
    cases.add(of("open", "an open log", "3 2 1795608000", log, timed, line, entries));
    cases.add(new Case("none", "no log is open", "none", log.key(), timed, List.of()));
    cases.add(
        of(
            "empty",
            "a log that has just begun",
            "4 0 1795608000",
            log,
            timed,
            new RevocationTip(4, 0, new MerkleFrontier().root(), NOW).sign(plain.text(), log),
            List.of()));
    cases.add(
        of(
            "other-size",
            "the size was changed, the signature was not",
            "head's line about revocations is not signed by the log's key",
            log,
            timed,
            changed(line, 4 + 2 * 8 + 7),
            entries));
    cases.add(
        of(
            "other-time",
            "the time was changed",
            "head's line about revocations is not signed by the log's key",
            log,
            timed,
            changed(line, 4 + 7),
            entries));
    cases.add(
        of(
            "of-another-head",
            "signed under a checkpoint of another size",
            "head's line about revocations is not signed by the log's key",
            log,
            timed,
            tip.sign(new Checkpoint(ORIGIN, 8, Hash.sha256()).text(), log),
            entries));
    cases.add(
        of(
            "short",
            "a line without its last byte",
            "head's line about revocations has another length",
            log,
            timed,
            shortened(line),
            entries));
    cases.add(
        new Case(
            "twice",
            "two lines, both good",
            "head has two lines about revocations",
            log.key(),
            timed.with(List.of(line, larger)),
            entries));
    cases.add(
        of(
            "number-0",
            "numbers begin with 1",
            "head's line about revocations is out of range",
            log,
            timed,
            new RevocationTip(0, 2, tree.root(), NOW).sign(plain.text(), log),
            entries));
    cases.add(
        of(
            "by-another",
            "a line of another key, which is read over",
            "none",
            log,
            timed,
            tip.sign(plain.text(), signer(new Samples.Signer("somebody else"))),
            entries));
    return cases;
  }

  private static Case of(
      String name,
      String comment,
      String expect,
      NoteSigner log,
      SignedNote timed,
      NoteSignature line,
      List<byte[]> entries) {
    return new Case(name, comment, expect, log.key(), timed.with(List.of(line)), entries);
  }

  private static NoteSignature changed(NoteSignature line, int at) {
    byte[] bytes = Base64.getDecoder().decode(line.base64());
    bytes[at] ^= 1;
    return new NoteSignature(line.name(), line.keyId(), Base64.getEncoder().encodeToString(bytes));
  }

  private static NoteSignature shortened(NoteSignature line) {
    byte[] bytes = Base64.getDecoder().decode(line.base64());
    return new NoteSignature(
        line.name(),
        line.keyId(),
        Base64.getEncoder().encodeToString(Arrays.copyOf(bytes, bytes.length - 1)));
  }

  private static String outcome(JsonObject vector) throws FormatException {
    try {
      KeyLogHead head =
          KeyLogHead.verify(
              vector.string("head").getBytes(StandardCharsets.UTF_8),
              NoteKey.parse(vector.string("vkey")));
      if (head.revocations().isEmpty()) {
        return "none";
      }
      RevocationTip tip = head.revocations().get();
      MerkleFrontier tree = new MerkleFrontier();
      for (String entry : vector.strings("entries")) {
        byte[] bytes = entry.getBytes(StandardCharsets.US_ASCII);
        RevocationLogs.parse(bytes);
        tree.append(new TreeHasher().leaf(bytes));
      }
      assertThat(tree.size()).isEqualTo(tip.size());
      assertThat(tree.root()).isEqualTo(tip.root());
      return tip.number() + " " + tip.size() + " " + tip.at().getEpochSecond();
    } catch (FormatException e) {
      return String.valueOf(e.getMessage());
    }
  }

  @TestFactory
  Stream<DynamicTest> eachVector() throws Exception {
    List<Path> files;
    try (Stream<Path> all = Files.list(FOLDER)) {
      files = all.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    }
    assertThat(files).hasSameSizeAs(cases());
    return files.stream()
        .map(
            file ->
                DynamicTest.dynamicTest(
                    String.valueOf(file.getFileName()),
                    () -> {
                      JsonObject vector = StrictJson.object(Files.readAllBytes(file), BYTES_MAX);
                      vector.allowOnly("comment", "vkey", "head", "entries", "expect");
                      assertThat(outcome(vector))
                          .as(vector.string("comment"))
                          .isEqualTo(vector.string("expect"));
                    }));
  }

  @Test
  void theFilesAreWhatTheGeneratorWrites() throws Exception {
    for (Case c : cases()) {
      assertThat(FOLDER.resolve(c.name() + ".json")).hasContent(c.text());
    }
  }

  @BeforeAll
  static void writeWhenAsked() throws Exception {
    if (Boolean.getBoolean("counterfoil.vectors.write")) {
      Files.createDirectories(FOLDER);
      for (Case c : cases()) {
        Files.writeString(FOLDER.resolve(c.name() + ".json"), c.text());
      }
    }
  }
}
