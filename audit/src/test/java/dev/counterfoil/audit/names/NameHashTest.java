package dev.counterfoil.audit.names;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.FormatException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

class NameHashTest {
  private static final int THREADS = 4;
  private static final int TEXTS = 2000;

  private final byte[] key = new byte[NameHash.KEY_BYTES];
  private final Random random = new Random(1);

  NameHashTest() {
    random.nextBytes(key);
  }

  private byte[] text() {
    byte[] text = new byte[random.nextInt(300)];
    random.nextBytes(text);
    return text;
  }

  /** By the algorithms' own names, with nothing kept. */
  private static byte[] hashed(byte[] key, byte[]... parts) throws Exception {
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      whole.writeBytes(ByteBuffer.allocate(4).putInt(part.length).array());
      whole.writeBytes(part);
    }
    return hmac(key, whole.toByteArray());
  }

  private static byte[] hmac(byte[] key, byte[] text) throws Exception {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return mac.doFinal(text);
  }

  private static byte[] encrypted(byte[] key, byte[] iv, byte[] text) throws Exception {
    Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
    cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new IvParameterSpec(iv));
    return cipher.doFinal(text);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] sealed(byte[] key, byte[] text, byte[] beside) throws Exception {
    byte[] iv = Arrays.copyOf(hashed(key, ascii("siv"), beside, text), NameHash.SEAL_BYTES);
    byte[] crypted = encrypted(hashed(key, ascii("ctr")), iv, text);
    byte[] sealed = Arrays.copyOf(iv, iv.length + crypted.length);
    System.arraycopy(crypted, 0, sealed, iv.length, crypted.length);
    return sealed;
  }

  @Test
  void whatIsKeptBetweenTwoTextsChangesNothing() throws Exception {
    NameHash hash = new NameHash(key);
    NameHash derived = hash.derive("of", ascii("one"));
    byte[] derivedKey = hashed(key, ascii("of"), ascii("one"));
    for (int i = 0; i < TEXTS; i++) {
      byte[] text = text();
      byte[] beside = text();
      assertThat(hash.of("label", text, beside))
          .isEqualTo(hashed(key, ascii("label"), text, beside));
      assertThat(hash.seal(text, beside)).isEqualTo(sealed(key, text, beside));
      byte[] sealed = derived.seal(text, beside);
      assertThat(sealed).isEqualTo(sealed(derivedKey, text, beside));
      assertThat(derived.open(sealed, beside)).isEqualTo(text);
      assertThatThrownBy(() -> hash.open(sealed, beside)).isInstanceOf(FormatException.class);
    }
  }

  @Test
  void severalThreadsSealAtATime() throws Exception {
    NameHash hash = new NameHash(key);
    byte[] otherKey = hashed(key, ascii("other"));
    NameHash other = new NameHash(otherKey);
    List<byte[]> texts = new ArrayList<>();
    List<byte[]> expected = new ArrayList<>();
    List<byte[]> expectedOfOther = new ArrayList<>();
    for (int i = 0; i < TEXTS; i++) {
      texts.add(text());
      expected.add(sealed(key, texts.getLast(), ascii("beside")));
      expectedOfOther.add(sealed(otherKey, texts.getLast(), ascii("beside")));
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        running.add(
            threads.submit(
                () -> {
                  for (int at = 0; at < TEXTS; at++) {
                    byte[] sealed = hash.seal(texts.get(at), ascii("beside"));
                    assertThat(sealed).isEqualTo(expected.get(at));
                    assertThat(hash.open(sealed, ascii("beside"))).isEqualTo(texts.get(at));
                    assertThat(other.seal(texts.get(at), ascii("beside")))
                        .isEqualTo(expectedOfOther.get(at));
                  }
                  return null;
                }));
      }
      for (Future<?> one : running) {
        one.get();
      }
    }
  }

  /** Somebody can be forgotten between any two uses of his key, and a reader have it after that. */
  @Test
  void noKeyIsInWhatIsIdle() throws Exception {
    NameHash hash = new NameHash(key);
    byte[] sealed = hash.seal(ascii("text"));
    assertNoKeyIsIdle();

    assertThat(hash.open(sealed)).isEqualTo(ascii("text"));
    assertNoKeyIsIdle();

    assertThatThrownBy(() -> hash.derive("other").open(sealed)).isInstanceOf(FormatException.class);
    assertNoKeyIsIdle();

    hash.of("label");
    assertNoKeyIsIdle();
  }

  private static void assertNoKeyIsIdle() throws Exception {
    byte[] none = new byte[NameHash.KEY_BYTES];
    byte[] text = ascii("what a key makes of it");
    assertThat(NameHash.Tools.idle()).isNotEmpty();
    for (NameHash.Tools idle : NameHash.Tools.idle()) {
      assertThat(idle.mac.doFinal(text)).isEqualTo(hmac(none, text));
      try {
        assertThat(idle.cipher.doFinal(text))
            .isEqualTo(encrypted(none, new byte[NameHash.SEAL_BYTES], text));
      } catch (IllegalStateException e) {
        // Other tests of this process hashed with it and sealed nothing.
        assertThat(e).hasMessageContaining("not initialized");
      }
    }
  }

  /** So what is idle would have one, if it did not lose it. */
  @Test
  void theKeyIsInWhatIsInUse() throws Exception {
    NameHash hash = new NameHash(key);
    byte[] text = ascii("what a key makes of it");
    byte[] sealed = hash.seal(text);
    NameHash.Tools inUse = new NameHash.Tools();

    hash.of(inUse, ascii("label"));
    assertThat(inUse.mac.doFinal(text)).isEqualTo(hmac(key, text));

    assertThat(hash.openUnchecked(inUse, sealed)).isEqualTo(text);
    byte[] iv = Arrays.copyOf(sealed, NameHash.SEAL_BYTES);
    assertThat(inUse.cipher.doFinal(text))
        .isEqualTo(encrypted(hashed(key, ascii("ctr")), iv, text));
  }
}
