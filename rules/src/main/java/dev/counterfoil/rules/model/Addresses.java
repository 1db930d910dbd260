package dev.counterfoil.rules.model;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Network addresses in text; no name is ever looked up. */
public final class Addresses {
  private static final int LENGTH_MAX = 45;

  private Addresses() {}

  /** The bytes of an address of either family; null for any other text. */
  public static byte @Nullable [] bytes(String text) {
    int dots = 0;
    boolean isSix = false;
    if (text.isEmpty() || text.length() > LENGTH_MAX) {
      return null;
    }
    for (int at = 0; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c == '.') {
        dots++;
      } else if (c == ':') {
        isSix = true;
      } else if (Character.digit(c, 16) < 0 || c > 'f') {
        return null;
      }
    }
    if (!isSix && dots != 3) {
      return null;
    }
    try {
      return InetAddress.ofLiteral(text).getAddress();
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** A network in CIDR notation. */
  public static Optional<ValueTest> network(String text) {
    int slash = text.indexOf('/');
    byte[] address = bytes(slash < 0 ? text : text.substring(0, slash));
    if (address == null) {
      return Optional.empty();
    }
    String length = slash < 0 ? Integer.toString(address.length * 8) : text.substring(slash + 1);
    if (!length.matches("[0-9]{1,3}") || Integer.parseInt(length) > address.length * 8) {
      return Optional.empty();
    }
    List<Byte> prefix = new ArrayList<>();
    for (byte one : address) {
      prefix.add(one);
    }
    return Optional.of(new ValueTest.Network(prefix, Integer.parseInt(length)));
  }
}
