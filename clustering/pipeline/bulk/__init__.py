"""Bulk mode: fetching and clustering in shards, for more sites than one machine can hold.

plan      what a bulk run computes; plan.json
sites     domains in shards, and how their sites are fetched
fetching  domains -> logos and errors; embedding: logos -> distinct images with vectors
archives  home pages and pictures from WARC files
planning  a list or archives -> the plan; estimates: what it will take
store     Parquet files of a run, on disk or in an object store; written whole or not at all
vectors   vectors as a column of half-precision numbers
shape     number of rows, cells and partitions, derived from the image shards
cells     centres, assignment of rows to cells, shuffle by cell, links within each cell
groups    connected components, shuffle by component, average linkage, labels
constraints  clusters that people joined
stages    the order of the stages, and the tasks of each
engines   run the tasks: in this process, in a pool of processes; on_ray: on a cluster

A task reads files and writes one file under a name that follows from its stage and number. It is
done when that file exists, so the files are the only state: a run that was interrupted goes on
with the tasks whose files are missing. Equal inputs give byte-identical files, on any worker.
"""
