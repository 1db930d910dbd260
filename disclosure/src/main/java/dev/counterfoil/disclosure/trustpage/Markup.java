package dev.counterfoil.disclosure.trustpage;

import dev.counterfoil.disclosure.ShownText;
import dev.counterfoil.format.bytes.PlainText;

/** Writes HTML, SVG and Atom; every text that comes from outside passes {@link #text}. */
final class Markup {
  private static final int TEXT_MAX = 4_000;

  private final StringBuilder out = new StringBuilder(16_384);

  /** Appends markup of our own. */
  Markup raw(String markup) {
    out.append(markup);
    return this;
  }

  /** Appends a text, letter for letter. */
  Markup text(String text) {
    out.append(escaped(text));
    return this;
  }

  /** An element with a text in it. */
  Markup element(String name, String attributes, String text) {
    out.append('<').append(name);
    if (!attributes.isEmpty()) {
      out.append(' ').append(attributes);
    }
    return raw(">").text(text).raw("</").raw(name).raw(">\n");
  }

  static String escaped(String text) {
    return ShownText.html(PlainText.of(text, TEXT_MAX));
  }

  @Override
  public String toString() {
    return out.toString();
  }
}
