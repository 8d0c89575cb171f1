"""Île-de-France as published: communes, territories, how departments are named, outlines; with their licences beside them."""
