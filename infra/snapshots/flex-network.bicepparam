using '../main.bicep'

param environmentName = 'snapshot'
param location = 'westeurope'
param networkIsolation = true
