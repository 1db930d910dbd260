package dev.counterfoil.pages;

/**
 * Another provider at which a person may sign in.
 *
 * @param name in addresses
 * @param label as people know it
 */
public record UpstreamOffer(String name, String label) {}
