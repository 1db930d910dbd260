package dev.counterfoil.http.listener;

import java.net.InetAddress;
import java.util.regex.Pattern;

/**
 * The addresses whose first bits are those of another.
 *
 * @param network the first of them
 * @param bits how many are the same
 */
public record AddressRange(InetAddress network, int bits) {
  private static final Pattern IPV4 = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
  private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");
  private static final Pattern LENGTH = Pattern.compile("[0-9]{1,3}");

  /**
   * Reads an address or a range.
   *
   * @param setting what an error names
   * @param text such as {@code 192.0.2.7}, {@code 10.0.0.0/8}, {@code 2001:db8::/32}
   * @throws IllegalArgumentException when it is none, saying what one looks like
   */
  public static AddressRange parse(String setting, String text) {
    int slash = text.indexOf('/');
    String address = slash < 0 ? text : text.substring(0, slash);
    if (!IPV4.matcher(address).matches() && !IPV6.matcher(address).matches()) {
      throw none(setting, text);
    }
    InetAddress network;
    try {
      network = InetAddress.ofLiteral(address);
    } catch (IllegalArgumentException e) {
      throw none(setting, text);
    }
    int all = network.getAddress().length * Byte.SIZE;
    if (slash < 0) {
      return new AddressRange(network, all);
    }
    String length = text.substring(slash + 1);
    int bits = LENGTH.matcher(length).matches() ? Integer.parseInt(length) : Integer.MAX_VALUE;
    if (bits > all) {
      throw none(setting, text);
    }
    AddressRange range = new AddressRange(network, bits);
    if (range.hasBitsPastItsLength()) {
      throw new IllegalArgumentException(
          setting
              + ": "
              + text
              + " has bits past its length; write the first address of the range");
    }
    return range;
  }

  private static IllegalArgumentException none(String setting, String text) {
    return new IllegalArgumentException(
        setting
            + ": "
            + text
            + " is no IP address and no range such as 10.0.0.0/8 or 2001:db8::/32");
  }

  private boolean hasBitsPastItsLength() {
    byte[] bytes = network.getAddress();
    for (int bit = bits; bit < bytes.length * Byte.SIZE; bit++) {
      if ((bytes[bit / Byte.SIZE] & (0x80 >> bit % Byte.SIZE)) != 0) {
        return true;
      }
    }
    return false;
  }

  /** Whether an address is one of them. */
  public boolean contains(InetAddress address) {
    byte[] wanted = network.getAddress();
    byte[] given = address.getAddress();
    if (wanted.length != given.length) {
      return false;
    }
    for (int bit = 0; bit < bits; bit++) {
      int mask = 0x80 >> bit % Byte.SIZE;
      if ((wanted[bit / Byte.SIZE] & mask) != (given[bit / Byte.SIZE] & mask)) {
        return false;
      }
    }
    return true;
  }
}
