package dev.counterfoil.disclosure.validation;

/**
 * What is wrong in a document.
 *
 * @param rule the rule that it breaks, such as {@code 6.1.14} or {@code schema}
 * @param at the field, as a JSON pointer (RFC 6901)
 * @param message what is wrong, without the field's value
 */
public record Fault(String rule, String at, String message) {
  @Override
  public String toString() {
    return rule + "  " + (at.isEmpty() ? "/" : at) + "  " + message;
  }
}
