package dev.counterfoil.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.FormatException;
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

class KeyedHashTest {
  private static final int THREADS = 4;
  private static final int TEXTS = 2000;
  private static final int DROPPED_EVERY = 50;

  private final byte[] key = new byte[KeyedHash.KEY_BYTES];
  private final Random random = new Random(1);

  KeyedHashTest() {
    random.nextBytes(key);
  }

  private byte[] text() {
    byte[] text = new byte[random.nextInt(300)];
    random.nextBytes(text);
    return text;
  }

  /** By the algorithms' own names, with nothing kept. */
  private static byte[] hmac(byte[] key, byte[]... parts) throws Exception {
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      whole.writeBytes(ByteBuffer.allocate(4).putInt(part.length).array());
      whole.writeBytes(part);
    }
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return mac.doFinal(whole.toByteArray());
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] sealed(byte[] key, byte[] text, byte[] beside) throws Exception {
    byte[] iv = Arrays.copyOf(hmac(key, ascii("siv"), beside, text), KeyedHash.SEAL_BYTES);
    Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
    cipher.init(
        Cipher.ENCRYPT_MODE,
        new SecretKeySpec(hmac(key, ascii("ctr")), "AES"),
        new IvParameterSpec(iv));
    byte[] crypted = cipher.doFinal(text);
    byte[] sealed = Arrays.copyOf(iv, iv.length + crypted.length);
    System.arraycopy(crypted, 0, sealed, iv.length, crypted.length);
    return sealed;
  }

  @Test
  void whatIsKeptBetweenTwoTextsChangesNothing() throws Exception {
    KeyedHash hash = new KeyedHash(key);
    KeyedHash derived = hash.derive("of", ascii("one"));
    byte[] derivedKey = hmac(key, ascii("of"), ascii("one"));
    for (int i = 0; i < TEXTS; i++) {
      byte[] text = text();
      byte[] beside = text();
      assertThat(hash.of("label", text, beside)).isEqualTo(hmac(key, ascii("label"), text, beside));
      assertThat(hash.seal(text, beside)).isEqualTo(sealed(key, text, beside));
      byte[] sealed = derived.seal(text, beside);
      assertThat(sealed).isEqualTo(sealed(derivedKey, text, beside));
      assertThat(derived.open(sealed, beside)).isEqualTo(text);
      assertThatThrownBy(() -> hash.open(sealed, beside)).isInstanceOf(FormatException.class);
    }
  }

  @Test
  void severalThreadsSealAtATimeWhileWhatIsIdleIsDropped() throws Exception {
    KeyedHash hash = new KeyedHash(key);
    byte[] otherKey = hmac(key, ascii("other"));
    KeyedHash other = new KeyedHash(otherKey);
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
                    if (at % DROPPED_EVERY == 0) {
                      KeyedHash.Tools.dropAll();
                    }
                  }
                  return null;
                }));
      }
      for (Future<?> one : running) {
        one.get();
      }
    }
  }
}
