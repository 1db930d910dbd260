package dev.counterfoil.rules.correlating;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** How texts and events stand in what an engine's state is kept as. */
final class StateFormat {
  /** Longest text or event, in bytes. */
  private static final int BYTES_MAX = 1 << 20;

  private StateFormat() {}

  static void texts(DataOutput out, Collection<String> texts) throws IOException {
    out.writeInt(texts.size());
    for (String text : texts) {
      bytes(out, text.getBytes(StandardCharsets.UTF_8));
    }
  }

  static List<String> texts(DataInput in) throws IOException {
    List<String> texts = new ArrayList<>();
    for (int left = in.readInt(); left > 0; left--) {
      texts.add(new String(bytes(in), StandardCharsets.UTF_8));
    }
    return List.copyOf(texts);
  }

  static void event(DataOutput out, JsonObject event) throws IOException {
    bytes(out, event.canonicalBytes());
  }

  static JsonObject event(DataInput in) throws IOException {
    try {
      return StrictJson.object(bytes(in), BYTES_MAX);
    } catch (FormatException e) {
      throw new IOException("an event of the rules' state cannot be read", e);
    }
  }

  private static void bytes(DataOutput out, byte[] bytes) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static byte[] bytes(DataInput in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > BYTES_MAX) {
      throw new IOException("a text of the rules' state has " + length + " bytes");
    }
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return bytes;
  }
}
