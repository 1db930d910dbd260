package dev.counterfoil.format.keylog;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.LogName;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.note.TestLogKey;
import dev.counterfoil.format.policy.TlogProof;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.token.CompactToken;
import dev.counterfoil.format.token.TokenHashing;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.format.word.Acknowledgement;
import dev.counterfoil.format.word.Sighting;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Every parser of untrusted bytes: it gives a value or a {@link FormatException}, and what it gives
 * is written back to the same bytes. With {@code JAZZER_FUZZ=1} each target is fuzzed for a minute;
 * without, only known inputs run, and a seeded share of mutations.
 */
class ParsersFuzzTest {
  private static final String BUDGET = "60s";

  @FuzzTest(maxDuration = BUDGET)
  void token(byte[] input) {
    String text = new String(input, StandardCharsets.UTF_8);
    boolean ours = false;
    try {
      CompactToken token = CompactToken.parse(text);
      assertThat(written(token)).isEqualTo(text);
      assertThat(token.digest()).isEqualTo(Hash.sha256(token.signingInput()));
      TokenHashing hashing = new TokenHashing();
      assertThat(hashing.whole(text)).isEqualTo(Hash.sha256(bytes(text)));
      TokenHashing.Hashed hashed = hashing.signingInput();
      if (hashed != null) {
        assertThat(new CompactToken.Reader().parse(hashed).digest()).isEqualTo(token.digest());
      }
      ours = true;
    } catch (FormatException e) {
      assertThat(e).hasMessageNotContaining("\n");
    }
    try {
      assertThat(written(CompactToken.parseForeign(text))).isEqualTo(text);
    } catch (FormatException e) {
      assertThat(ours).as("what we compose, others may too").isFalse();
    }
  }

  private static String written(CompactToken token) {
    return new String(token.signingInput(), StandardCharsets.US_ASCII)
        + "."
        + Base64Url.encode(token.signature());
  }

  @FuzzTest(maxDuration = BUDGET)
  void json(byte[] input) {
    try {
      JsonObject object = StrictJson.object(input, 100_000);
      byte[] again = object.toString().getBytes(StandardCharsets.UTF_8);
      assertThat(StrictJson.object(again, 1_000_000)).isEqualTo(object);
    } catch (FormatException e) {
      assertThat(e.getMessage()).isNotEmpty();
    }
  }

  @FuzzTest(maxDuration = BUDGET)
  void note(byte[] input) {
    try {
      SignedNote note = SignedNote.parse(input);
      assertThat(note.bytes()).isEqualTo(input);
      Checkpoint checkpoint = Checkpoint.parse(note.text());
      assertThat(note.text()).startsWith(checkpoint.text());
    } catch (FormatException e) {
      assertThat(e.getMessage()).isNotEmpty();
    }
  }

  @FuzzTest(maxDuration = BUDGET)
  void proof(byte[] input) {
    try {
      TlogProof proof = TlogProof.parse(input);
      assertThat(TlogProof.parse(proof.bytes())).isEqualTo(proof);
    } catch (FormatException e) {
      assertThat(e.getMessage()).isNotEmpty();
    }
  }

  @FuzzTest(maxDuration = BUDGET)
  void policy(byte[] input) {
    try {
      TrustPolicy policy = TrustPolicy.parse(input);
      assertThat(TrustPolicy.parse(policy.text().getBytes(StandardCharsets.UTF_8)))
          .isEqualTo(policy);
    } catch (FormatException e) {
      assertThat(e.getMessage()).isNotEmpty();
    }
  }

  @FuzzTest(maxDuration = BUDGET)
  void values(byte[] input) {
    String text = new String(input, StandardCharsets.UTF_8);
    try {
      assertThat(TokenId.parse(text)).hasToString(text);
    } catch (FormatException e) {
      assertThat(e.getMessage()).isNotEmpty();
    }
    try {
      assertThat(NoteKey.parse(text)).hasToString(text);
    } catch (FormatException e) {
      assertThat(e.getMessage()).isNotEmpty();
    }
    Tile.parse(text).ifPresent(tile -> assertThat(tile.path()).isEqualTo(text));
    LogName.parse(text).ifPresent(name -> assertThat(name).hasToString(text));
  }

  @FuzzTest(maxDuration = BUDGET)
  void statements(byte[] input) {
    try {
      JsonObject object = StrictJson.object(input, 100_000);
      assertThat(KeyStatement.parse(object).toJson()).isEqualTo(object);
    } catch (FormatException e) {
      assertThat(e.getMessage()).isNotEmpty();
    }
    try {
      JsonObject object = StrictJson.object(input, 100_000);
      Sighting sighting = Sighting.parse(object);
      assertThat(Sighting.parse(sighting.toJson())).isEqualTo(sighting);
    } catch (FormatException e) {
      assertThat(e.getMessage()).isNotEmpty();
    }
  }

  @FuzzTest(maxDuration = BUDGET)
  void keyLogEntry(byte[] input) {
    KeyLogState state = KEY_LOG.copy();
    try {
      state.apply(input);
      assertThat(state.size()).isEqualTo(KEY_LOG.size() + 1);
    } catch (FormatException e) {
      assertThat(e.getMessage()).isNotEmpty();
      assertThat(state.size()).isEqualTo(KEY_LOG.size());
    }
    for (int width : new int[] {1, 3, 256}) {
      try {
        assertThat(EntryBundle.of(EntryBundle.parse(input, width))).isEqualTo(input);
      } catch (FormatException e) {
        assertThat(e.getMessage()).isNotEmpty();
      }
    }
    try {
      assertThat(KeyLogHead.verify(input, KEYS.logKey.noteKey("login.example/logs/keys")).note())
          .isEqualTo(SignedNote.parse(input));
    } catch (FormatException e) {
      assertThat(e.getMessage()).isNotEmpty();
    }
  }

  @FuzzTest(maxDuration = BUDGET)
  void acknowledgement(byte[] input) {
    try {
      Acknowledgement read =
          Acknowledgement.parse(StrictJson.object(input, Acknowledgement.BYTES_MAX));
      assertThat(Acknowledgement.parse(read.toJson())).isEqualTo(read);
      assertThat(read.toJson().toString()).doesNotContain("\n");
    } catch (FormatException e) {
      assertThat(e).hasMessageNotContaining("\n");
    }
  }

  private static final Samples KEYS = new Samples();
  private static final KeyLogState KEY_LOG = keyLog();

  private static KeyLogState keyLog() {
    KeyLogState state = KEYS.nothing();
    try {
      for (byte[] entry : KEYS.keyLog()) {
        state.apply(entry);
      }
    } catch (FormatException | java.security.GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
    return state;
  }

  /** The share of fuzzing that every run has: valid inputs, mutated from a fixed seed. */
  @Test
  void mutationsOfValidInputs() throws Exception {
    Samples samples = new Samples();
    Checkpoint checkpoint = new Checkpoint("login.example/logs/s1g1", 5, Hash.sha256());
    SignedNote note = checkpoint.sign(noteSigner(samples));
    TlogProof proof = new TlogProof(3, List.of(Hash.sha256(), Hash.sha256(new byte[1])), note);
    String token =
        Base64Url.encode(bytes("{\"alg\":\"ES256\",\"kid\":\"k\",\"typ\":\"at+jwt\"}"))
            + "."
            + Base64Url.encode(bytes("{\"iss\":\"i\",\"n\":[1,2.5,null,true,{\"a\":\"\\u00e9\"}]}"))
            + ".AAAA";
    List<byte[]> seeds =
        List.of(
            bytes(token),
            samples.statement().toJson().canonicalBytes(),
            samples.sighting().toJson().canonicalBytes(),
            samples.acknowledgement().toJson().canonicalBytes(),
            note.bytes(),
            proof.bytes(),
            bytes(samples.policy().text()),
            KEYS.signed(new KeyLogEvent.LogStated(KEYS.log("s1g2")), 4),
            KeyLogEntry.of(KEYS.sign(KEYS.delegation().unsigned())),
            KeyLogEntry.of(KEYS.sign(KEYS.root().unsigned())),
            KeyLogEntry.of(new KeyLogEvent.TokenRevoked("s1g1", 17, Samples.NOW), Samples.NOW),
            EntryBundle.of(KEYS.keyLog()),
            bytes("s1g1.42." + Hash.sha256().base64Url()),
            bytes("tile/0/x001/x234/067.p/8"),
            bytes(samples.registrar.noteKey("root").toString()),
            bytes("c2sp.org/tlog-proof@v1\n\n"));
    for (byte[] seed : seeds) {
      all(seed);
    }
    Random random = new Random(20261125);
    for (int i = 0; i < 20_000; i++) {
      all(mutated(seeds.get(random.nextInt(seeds.size())), random));
    }
  }

  private void all(byte[] input) {
    acknowledgement(input);
    token(input);
    json(input);
    note(input);
    proof(input);
    policy(input);
    values(input);
    statements(input);
    keyLogEntry(input);
  }

  private static byte[] mutated(byte[] seed, Random random) {
    byte[] interesting = bytes("{}[]\",:.+/=_-0 \n\r\u2014\u0000e");
    java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
    int changes = 1 + random.nextInt(3);
    byte[] current = seed;
    for (int c = 0; c < changes; c++) {
      out.reset();
      int at = random.nextInt(current.length + 1);
      int length = random.nextInt(4);
      out.write(current, 0, at);
      switch (random.nextInt(4)) {
        case 0 -> out.write(interesting[random.nextInt(interesting.length)]);
        case 1 -> out.write(random.nextInt(256));
        case 2 -> out.write(current, at, Math.min(length, current.length - at));
        default -> at = Math.min(current.length, at + length);
      }
      out.write(current, at, current.length - at);
      current = out.toByteArray();
    }
    return current;
  }

  private static NoteSigner noteSigner(Samples samples) {
    return new TestLogKey(samples.logKey.noteKey("login.example/logs/s1g1"), samples.logKey::sign);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
